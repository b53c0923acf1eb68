import Dispatch
import Glibc
import Jobs
import Synchronization

/// Turns signals into a clean end: the first one cancels the run, one that comes more than a second
/// later kills. A hurried second one is taken for the first: tools send both to process and group.
final class Signals {
    private let sources: [any DispatchSourceSignal]
    private let numbers: [Int32]
    /// Left when a source is gone.
    private let activeSources = DispatchGroup()

    /// Calls `cancel` with the reason, on a thread of its own. `hint` says what became of the work.
    init(hint: String?, _ cancel: @escaping @Sendable (JobError) -> Void) {
        let queue = DispatchQueue(label: "sealpipe.signals")
        let first = FirstTime()
        let all = [
            (SIGINT, ExitStatus.interrupted, "interrupted"),
            (SIGTERM, .terminated, "terminated"), (SIGHUP, .terminated, "hung up"),
        ].filter { number, _, _ in
            // What is ignored from the start, as nohup(1) does it, stays ignored.
            let previous = signal(number, SIG_IGN)
            return unsafe unsafeBitCast(previous, to: Int.self)
                != unsafeBitCast(SIG_IGN, to: Int.self)
        }
        numbers = all.map(\.0)
        sources = all.map { [activeSources] number, status, word in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { @Sendable in
                if first.isLongAgo {
                    signal(number, SIG_DFL)
                    raise(number)
                }
                cancel(JobError(status, word, hint: hint))
            }
            activeSources.enter()
            source.setCancelHandler { @Sendable in activeSources.leave() }
            source.activate()
            return source
        }
    }

    /// Gives the signals back their meaning.
    func stop() {
        for source in sources { source.cancel() }
        // A new source that meets the old one gets no handler from Dispatch: the signal would then stay
        // ignored, as it is set before.
        activeSources.wait()
        for number in numbers { signal(number, SIG_DFL) }
    }
}

/// When it was asked first.
private final class FirstTime: Sendable {
    private let nanoseconds = Atomic<UInt64>(0)

    /// Whether the first question was more than a second ago; false for the first.
    var isLongAgo: Bool {
        let now = DispatchTime.now().uptimeNanoseconds
        let first = nanoseconds.compareExchange(
            expected: 0, desired: now, ordering: .relaxed
        ).original
        return first != 0 && now - first > 1_000_000_000
    }
}
