private import Glibc

/// A value that one thread at a time may touch.
///
/// Sendable because every access to `value` holds the mutex, and none can keep a reference to it.
/// Not `Synchronization.Mutex`, about which the thread sanitizer raises false alarms.
/// Source: pthread_mutex_lock(3).
@safe
final class Locked<Value: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    init(_ value: Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        let status = unsafe pthread_mutex_init(mutex, nil)
        precondition(status == 0, "a mutex can be made")
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deinitialize(count: 1)
        unsafe mutex.deallocate()
    }

    func withValue<R>(_ body: (inout Value) -> R) -> R {
        let locked = unsafe pthread_mutex_lock(mutex)
        precondition(locked == 0, "a mutex is never locked twice by one thread")
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
