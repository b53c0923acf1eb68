import Dispatch
import Glibc
import NIOConcurrencyHelpers

/// Starts something on a thread of its own; what is returned waits for it.
func onThread<T: Sendable>(_ body: @escaping @Sendable () -> T) -> () -> T {
    let box = NIOLockedValueBox<T?>(nil)
    let done = DispatchSemaphore(value: 0)
    DispatchQueue.global().async {
        let value = body()
        box.withLockedValue { $0 = value }
        done.signal()
    }
    return {
        done.wait()
        return box.withLockedValue { value in
            guard let value else { preconditionFailure("the thread is done") }
            return value
        }
    }
}

/// Whether something comes true within 20 seconds.
func soon(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        guard ContinuousClock.now < deadline else { return false }
        usleep(1000)
    }
    return true
}
