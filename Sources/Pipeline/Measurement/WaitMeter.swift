internal import Synchronization

/// How long a stage has waited at one of its ends, the wait that lasts included.
///
/// Nothing is counted, and no clock read, as long as nobody has to wait.
package final class WaitMeter: Sendable {
    private let total = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    /// Since when somebody waits; of several the last who came.
    private let since = Atomic<Int>(0)

    func begin() -> Int {
        let now = monotonicNanoseconds()
        since.store(now, ordering: .relaxed)
        waiting.add(1, ordering: .relaxed)
        return now
    }

    func end(_ began: Int) {
        waiting.subtract(1, ordering: .relaxed)
        total.add(monotonicNanoseconds() - began, ordering: .relaxed)
    }

    package var isWaiting: Bool { waiting.load(ordering: .relaxed) > 0 }

    package var nanoseconds: Int {
        let ended = total.load(ordering: .relaxed)
        guard isWaiting else { return ended }
        return ended + max(0, monotonicNanoseconds() - since.load(ordering: .relaxed))
    }
}
