internal import Dispatch
private import Locking

/// Looks at a flow ten times a second and remembers what it saw.
///
/// After a minute it halves what it has and looks half as often, again and again: memory and cost do
/// not grow with the run.
final class FlowRecorder: Sendable {
    private struct State {
        var samples: [FlowReport.Sample] = []
        /// Every how many ticks a sample is kept.
        var stride = 1
        var ticks = 0
        var timer: (any DispatchSourceTimer)?
    }

    static let limit = 600
    private static let interval = DispatchTimeInterval.milliseconds(100)
    private let state = Monitor(State())

    /// `look` gives the state at one moment.
    init(_ look: @escaping @Sendable () -> FlowReport.Sample?) {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "sealpipe.recorder"))
        timer.schedule(
            deadline: .now() + Self.interval, repeating: Self.interval, leeway: .milliseconds(10))
        timer.setEventHandler { @Sendable [weak self] in
            self?.tick(look)
        }
        timer.activate()
        state.update { $0.timer = timer }
    }

    deinit { state.update { $0.timer?.cancel() } }

    var samples: [FlowReport.Sample] { state.read { $0.samples } }

    private func tick(_ look: () -> FlowReport.Sample?) {
        let isDue = state.update { state in
            state.ticks += 1
            return state.ticks % state.stride == 0
        }
        guard isDue, let sample = look() else { return }
        state.update { Self.append(sample, to: &$0.samples, stride: &$0.stride) }
    }

    static func append(
        _ sample: FlowReport.Sample, to samples: inout [FlowReport.Sample], stride: inout Int
    ) {
        samples.append(sample)
        guard samples.count >= limit else { return }
        samples = samples.indices.filter { $0 % 2 == 1 }.map { samples[$0] }
        stride *= 2
    }
}
