private import Glibc

/// A value that one thread at a time may touch.
///
/// Sendable because every access to `value` holds the mutex, and none can keep a reference to it.
/// Not `Synchronization.Mutex`, which has no condition and about which the thread sanitizer raises
/// false alarms.
/// Source: pthread_mutex_lock(3), pthread_cond_wait(3).
@safe
final class Locked<Value: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var value: Value

    init(_ value: Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition = .allocate(capacity: 1)
        unsafe condition.initialize(to: pthread_cond_t())
        let status = unsafe pthread_mutex_init(mutex, nil)
        precondition(status == 0, "a mutex can be made")
        let conditionStatus = unsafe pthread_cond_init(condition, nil)
        precondition(conditionStatus == 0, "a condition can be made")
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deinitialize(count: 1)
        unsafe condition.deallocate()
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deinitialize(count: 1)
        unsafe mutex.deallocate()
    }

    func withValue<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        let locked = unsafe pthread_mutex_lock(mutex)
        precondition(locked == 0, "a mutex is never locked twice by one thread")
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Asks `body` again and again, each time that `wakeAll` was called, until it gives a value.
    func wait<R>(until body: (inout Value) -> R?) -> R {
        let locked = unsafe pthread_mutex_lock(mutex)
        precondition(locked == 0, "a mutex is never locked twice by one thread")
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            unsafe pthread_cond_wait(condition, mutex)
        }
    }

    /// To be called after a change that others wait for.
    func wakeAll() {
        unsafe pthread_cond_broadcast(condition)
    }
}
