import OKMS
private import Glibc

/// Which key is the account's default, once that is known.
///
/// Sendable because every access holds the mutex. Not `Synchronization.Mutex`, about which the thread
/// sanitizer raises false alarms.
/// Source: pthread_mutex_lock(3).
@safe
final class AccountDefault: @unchecked Sendable {
    enum Knowledge: Sendable {
        case unknown
        /// The service has no such thing.
        case none
        case key(KeyARN)
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value = Knowledge.unknown

    init() {
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

    var knowledge: Knowledge {
        get { locked { value } }
        set { locked { value = newValue } }
    }

    private func locked<R>(_ body: () -> R) -> R {
        let locked = unsafe pthread_mutex_lock(mutex)
        precondition(locked == 0, "a mutex is never locked twice by one thread")
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }
}
