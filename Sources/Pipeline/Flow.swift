internal import Dispatch
private import Locking

/// One pipeline at work: the stages that run, and the fate they share.
///
/// The first error wins: it closes every channel and pool of the flow, every stage returns, and
/// `wait` throws that error. Cancelling is the same path.
package final class Flow: Sendable {
    /// What a channel or a pool of a failed flow throws; never the cause, which `wait` throws.
    package struct Stopped: Error {}

    private struct State {
        var failure: (any Error)?
        var closers: [@Sendable () -> Void] = []
        var meters: [StageMeter] = []
        var pools: [(meter: StageMeter, workers: Int)] = []
        var queues: [(FlowReport.Queue, depth: @Sendable () -> Int)] = []
        var recorder: FlowRecorder?
        var start = Moment()
        var end: Moment?
        var delayNanoseconds = 0
    }

    private struct Moment {
        let nanoseconds = monotonicNanoseconds()
        let processorNanoseconds = processProcessorNanoseconds()

        func since(_ start: Moment) -> (seconds: Double, processorSeconds: Double) {
            (
                Double(nanoseconds - start.nanoseconds) / 1e9,
                Double(processorNanoseconds - start.processorNanoseconds) / 1e9
            )
        }
    }

    /// So many at most are there besides workers: of stages, of the recorder, of Dispatch itself.
    private static let otherThreads = 8

    private let state = Monitor(State())
    private let stages = DispatchGroup()
    private let tracer: TraceRecorder?

    /// `tracing`: whether to remember single pieces of work and waits.
    package init(tracing: Bool = false) { tracer = tracing ? TraceRecorder() : nil }

    /// A meter whose reading the flow reports, in the order in which its meters were made.
    package func makeMeter(_ name: String, at place: StageMeter.Place = .thread) -> StageMeter {
        let meter = StageMeter(name, at: place, trace: tracer)
        state.update { $0.meters.append(meter) }
        return meter
    }

    /// Starts a stage: a body that runs on a thread of its own until its work is done.
    package func stage(_ name: String, _ body: @escaping @Sendable () throws -> Void) {
        stage(makeMeter(name), body)
    }

    /// Starts the stage that `meter` measures.
    package func stage(_ meter: StageMeter, _ body: @escaping @Sendable () throws -> Void) {
        startRecording()
        DispatchQueue(label: "sealpipe.\(meter.name)").async(group: stages) { [self] in
            countingDelay { do { try meter.runThread(body) } catch { fail(error) } }
        }
    }

    /// Stops everything for the reason given, unless it has stopped before.
    package func fail(_ error: any Error) {
        if error is Stopped { return }
        let closers = state.update { state -> [@Sendable () -> Void] in
            guard state.failure == nil else { return [] }
            state.failure = error
            return state.closers
        }
        for close in closers { close() }
    }

    /// The first error so far.
    package var failure: (any Error)? { state.read { $0.failure } }

    /// Throws `Stopped` once the flow has failed.
    package func check() throws {
        if failure != nil { throw Stopped() }
    }

    /// Has `close` called when the flow fails, at once if it has.
    package func onFailure(_ close: @escaping @Sendable () -> Void) {
        let failed = state.update { state in
            if state.failure == nil { state.closers.append(close) }
            return state.failure != nil
        }
        if failed { close() }
    }

    /// A queue that `sender` fills and `receiver` empties: the waits at its ends are theirs.
    package func makeChannel<Element: Sendable>(
        _ name: String, capacity: Int, from sender: StageMeter? = nil,
        to receiver: StageMeter? = nil
    ) -> Channel<Element> {
        let channel = Channel<Element>(name: name, capacity: capacity, from: sender, to: receiver)
        onFailure { channel.close() }
        keep(name, capacity, from: sender, to: receiver) { [weak channel] in channel?.depth ?? 0 }
        return channel
    }

    /// A queue of promises that `sender` makes and `receiver` awaits: the waits at its ends are theirs.
    package func makeOrderedChannel<Element: Sendable>(
        _ name: String, capacity: Int, from sender: StageMeter? = nil,
        to receiver: StageMeter? = nil
    ) -> OrderedChannel<Element> {
        let channel = OrderedChannel<Element>(
            name: name, capacity: capacity, from: sender, to: receiver)
        onFailure { channel.close() }
        keep(name, capacity, from: sender, to: receiver) { [weak channel] in channel?.depth ?? 0 }
        return channel
    }

    /// `meter` measures all jobs of the pool together. Stages that run on it have meters of their own
    /// at `.pool` of its name. Throws where there are not enough threads for the workers and a flow
    /// around them; so it comes before the stages.
    package func makeWorkers<Worker>(
        _ count: Int, meter: StageMeter, _ make: @escaping @Sendable () throws -> Worker
    ) throws(Shortage) -> WorkerPool<Worker> {
        try Shortage.checkThreads(count + Self.otherThreads)
        startRecording()
        state.update { $0.pools.append((meter, count)) }
        let pool = WorkerPool(flow: self, count: count, group: stages, meter: meter, make)
        onFailure { pool.finish(dropping: true) }
        return pool
    }

    /// Waits for every stage to return.
    package func wait() throws {
        stages.wait()
        state.update { $0.end = Moment() }
        if let failure { throw failure }
    }

    // MARK: measurement

    /// What the flow has done so far, on as many processors as the process may use, and no more of their
    /// time than a quota gives it.
    package func report(processors: Int, quota: Double? = nil) -> FlowReport {
        let state = state.read { $0 }
        let span = (state.end ?? Moment()).since(state.start)
        var report = FlowReport()
        report.seconds = span.seconds
        report.processorSeconds = span.processorSeconds
        report.delaySeconds = Double(state.delayNanoseconds) / 1e9
        report.processors = processors
        report.processorQuota = quota
        report.peakResidentBytes = peakResidentByteCount()
        report.stages = state.meters.map(\.reading)
        report.pools = state.pools.map { meter, workers in
            let reading = meter.reading
            return FlowReport.Pool(
                meter.name, workers: workers, busySeconds: reading.busySeconds,
                processorSeconds: reading.processorSeconds)
        }
        report.queues = state.queues.map(\.0)
        report.samples = state.recorder?.samples ?? []
        report.trace = tracer?.trace(pipelineStart: state.start.nanoseconds)
        return report
    }

    /// What each stage is at, for someone who looks on.
    package var activities: [(name: String, activity: StageMeter.Activity)] {
        state.read { $0.meters }.filter { $0.place == .thread }.map { ($0.name, $0.activity) }
    }

    /// How full each queue is.
    package var depths: [(queue: FlowReport.Queue, depth: Int)] {
        state.read { $0.queues }.map { ($0.0, $0.depth()) }
    }

    /// What the calling thread is called in a trace.
    func nameThread(_ name: String) { tracer?.nameThread(name) }

    /// Runs a thread of the flow and adds how long it was kept from running.
    func countingDelay(_ body: () -> Void) {
        let start = threadDelayNanoseconds()
        body()
        let delay = threadDelayNanoseconds() - start
        state.update { $0.delayNanoseconds += delay }
    }

    private func startRecording() {
        let isFirst = state.update { state, waking in
            waking = .none
            guard state.recorder == nil else { return false }
            state.start = Moment()
            return true
        }
        guard isFirst else { return }
        let recorder = FlowRecorder { [weak self] in self?.sample() }
        state.update { $0.recorder = recorder }
    }

    private func sample() -> FlowReport.Sample {
        let (meters, queues, start) = state.read { ($0.meters, $0.queues, $0.start) }
        let span = Moment().since(start)
        return FlowReport.Sample(
            seconds: span.seconds, processorSeconds: span.processorSeconds,
            residentBytes: residentByteCount(),
            stages: meters.map(\.counts),
            depths: queues.map { $0.depth() })
    }

    private func keep(
        _ name: String, _ capacity: Int, from sender: StageMeter?, to receiver: StageMeter?,
        _ depth: @escaping @Sendable () -> Int
    ) {
        let queue = FlowReport.Queue(
            name: name, capacity: capacity, from: sender?.name, to: receiver?.name)
        state.update { $0.queues.append((queue, depth)) }
    }
}
