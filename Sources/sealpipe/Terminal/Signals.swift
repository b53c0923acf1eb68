import Dispatch
import Glibc
import Jobs
import Locking

/// Turns signals into a clean end: the first one cancels the run, one that comes more than a second
/// later kills. A hurried second one is taken for the first: tools send both to process and group.
final class Signals {
    /// Calls `cancel` with the reason, on a thread of its own. `hint` says what became of the work.
    init(hint: String?, _ cancel: @escaping @Sendable (JobError) -> Void) {
        SignalWatch.shared.begin { number in
            let (status, word) = Self.meaning(of: number)
            cancel(JobError(status, word, hint: hint))
        }
    }

    /// Gives the signals back their meaning.
    func stop() { SignalWatch.shared.end() }

    private static func meaning(of number: Int32) -> (ExitStatus, String) {
        switch number {
        case SIGINT: (.interrupted, "interrupted")
        case SIGTERM: (.terminated, "terminated")
        default: (.terminated, "hung up")
        }
    }
}

/// Watches signals from the first run of the process on, whatever runs follow: Dispatch does not reliably
/// watch a signal anew once it has ceased to.
private final class SignalWatch: Sendable {
    static let shared = SignalWatch()

    private struct State {
        var cancel: (@Sendable (Int32) -> Void)?
        /// When the run was told to end.
        var told: UInt64?
    }

    private let state = Monitor(State())
    private let sources = Monitor<[any DispatchSourceSignal]>([])

    private init() {
        let queue = DispatchQueue(label: "sealpipe.signals")
        let numbers = [SIGINT, SIGTERM, SIGHUP].filter { number in
            // What is ignored from the start, as nohup(1) does it, stays ignored.
            let previous = signal(number, SIG_IGN)
            return unsafe unsafeBitCast(previous, to: Int.self)
                != unsafeBitCast(SIG_IGN, to: Int.self)
        }
        let state = state
        sources.update { sources in
            sources = numbers.map { number in
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler { @Sendable in Self.receive(number, state) }
                source.activate()
                return source
            }
        }
    }

    func begin(_ cancel: @escaping @Sendable (Int32) -> Void) {
        state.update { $0 = State(cancel: cancel) }
    }

    func end() { state.update { $0 = State() } }

    private static func receive(_ number: Int32, _ state: Monitor<State>) {
        let now = DispatchTime.now().uptimeNanoseconds
        let (cancel, isLate) = state.update { state in
            let isLate = state.told.map { now - $0 > 1_000_000_000 } ?? false
            state.told = state.told ?? now
            return (state.cancel, isLate)
        }
        guard let cancel, !isLate else {
            signal(number, SIG_DFL)
            raise(number)
            return
        }
        cancel(number)
    }
}
