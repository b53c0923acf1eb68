private import Glibc

/// A value that one thread at a time may touch, and that threads can wait for.
///
/// Sendable because every access to `value` holds the mutex, and none can keep a reference to it.
/// Not `Synchronization.Mutex`, which has no condition and about which the thread sanitizer raises
/// false alarms.
/// Source: pthread_mutex_lock(3), pthread_cond_wait(3).
@safe
package final class Locked<Value: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition = .allocate(capacity: 1)
        unsafe condition.initialize(to: pthread_cond_t())
        let status = unsafe pthread_mutex_init(mutex, nil) | pthread_cond_init(condition, nil)
        precondition(status == 0, "a mutex and a condition can be made")
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deinitialize(count: 1)
        unsafe condition.deallocate()
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deinitialize(count: 1)
        unsafe mutex.deallocate()
    }

    package func withValue<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        lock()
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Changes the value and wakes one thread that waits for a change.
    package func signal(_ change: (inout Value) -> Void) {
        lock()
        change(&value)
        unsafe pthread_cond_signal(condition)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Waits until `body` returns a value; it looks again after each change that is signalled.
    package func wait<R>(until body: (inout Value) -> R?) -> R {
        lock()
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            unsafe pthread_cond_wait(condition, mutex)
        }
    }

    /// Wakes all who wait, after a change that was made with `withValue`.
    package func wakeAll() {
        unsafe pthread_cond_broadcast(condition)
    }

    private func lock() {
        let locked = unsafe pthread_mutex_lock(mutex)
        precondition(locked == 0, "a mutex is never locked twice by one thread")
    }
}
