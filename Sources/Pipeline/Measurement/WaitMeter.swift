internal import Locking
internal import Synchronization

/// How long a stage has waited at one of its ends, the wait that lasts included.
///
/// Nothing is counted, and no clock read, as long as nobody has to wait.
package final class WaitMeter: WaitObserver {
    private let total = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    /// Since when somebody waits; of several the last who came.
    private let since = Atomic<Int>(0)
    private let trace: TraceRecorder?
    private let kind: FlowTrace.Event.Kind
    private let stage: String

    /// The waits of a stage, single ones remembered where there is a trace.
    init(_ kind: FlowTrace.Event.Kind, of stage: String, trace: TraceRecorder? = nil) {
        self.kind = kind
        self.stage = stage
        self.trace = trace
    }

    package func begin() -> Int {
        let now = monotonicNanoseconds()
        since.store(now, ordering: .relaxed)
        waiting.add(1, ordering: .relaxed)
        return now
    }

    package func end(_ began: Int) {
        waiting.subtract(1, ordering: .relaxed)
        let now = monotonicNanoseconds()
        total.add(now - began, ordering: .relaxed)
        if let event = trace?.begin(kind, of: stage, at: began) { trace?.end(event, at: now) }
    }

    package var isWaiting: Bool { waiting.load(ordering: .relaxed) > 0 }

    package var nanoseconds: Int {
        let ended = total.load(ordering: .relaxed)
        guard isWaiting else { return ended }
        return ended + max(0, monotonicNanoseconds() - since.load(ordering: .relaxed))
    }
}
