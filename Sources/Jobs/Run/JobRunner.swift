import Archive
import Foundation
import Glibc
import OKMS
package import Pipeline
import Storage

/// Runs one job: chooses the pipeline that its input, stages and output make.
package final class JobRunner: Sendable {
    let job: Job
    let environment: RunEnvironment
    let progress: RunProgress
    let flow: Flow
    private let calling: StageMeter
    private let estimates: Bool
    let sample: ChunkSample
    let resumes: Bool
    let warn: @Sendable (String) -> Void
    private let start = monotonicNanoseconds()

    /// `estimating`: whether to count beforehand, beside the run, how much there is to do. `tracing`:
    /// whether to remember single pieces of work. `sample`: how much is sealed of what is thrown away.
    /// `resuming`: whether to go on with what an earlier run of the job left unfinished.
    /// `warn` is told at once, from any thread, what goes wrong beside the run without ending it.
    package init(
        _ job: Job, environment: RunEnvironment, progress: RunProgress, estimating: Bool = false,
        tracing: Bool = false, sample: ChunkSample = .all, resuming: Bool = true,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.job = job
        self.environment = environment
        self.progress = progress
        estimates = estimating
        self.sample = sample
        resumes = resuming
        self.warn = warn
        flow = Flow(tracing: tracing)
        calling = flow.makeMeter("key service", at: .outside)
    }

    /// Stops the run as soon as every stage has noticed; `run` then throws `reason`.
    package func cancel(_ reason: JobError) { flow.fail(reason) }

    /// Runs to the end, blocking. Throws the first error; then nothing half-made has a final name.
    package func run() throws(JobError) -> RunSummary {
        let metrics = try makeMetricsFile()
        do {
            var summary = try dispatch()
            measure(&summary)
            metrics?.finish(summary, summary.status)
            return summary
        } catch {
            // A stage or a call that was stopped tells nothing; the reason is the flow's. A guard speaks
            // after the flow has ended, also where that found nothing.
            let tripped = (error as? JobError).flatMap { $0.status == .guardTripped ? $0 : nil }
            let reason = tripped ?? JobError(explaining: flow.failure ?? error)
            metrics?.finish(summarySoFar, reason.status)
            throw reason
        }
    }

    private func makeMetricsFile() throws(JobError) -> MetricsFile? {
        guard let path = job.report.metrics else { return nil }
        return try MetricsFile(
            at: path, RunMetrics(of: job, tool: environment.tool), warn: warn
        ) { [self] in summarySoFar }
    }

    private var summarySoFar: RunSummary {
        var summary = RunSummary(job: job.name)
        summary.take(progress)
        measure(&summary)
        return summary
    }

    /// Notes in a summary what was measured until now.
    func measure(_ summary: inout RunSummary) {
        summary.report = report
        summary.seconds = Double(monotonicNanoseconds() - start) / 1e9
    }

    /// What the run has done so far, measured.
    package var report: FlowReport {
        flow.report(processors: Processors.count, quota: Processors.quota)
    }

    /// What the run is at, a line for each stage and each queue, for who looks on.
    package var stateLines: [String] {
        flow.activities.map { "\($0.name): \($0.activity.words)" }
            + flow.depths.map { queue, depth in
                let ends = [queue.from, queue.to].compactMap(\.self).joined(separator: " → ")
                return "queue \(queue.name) (\(ends)): \(depth) of \(queue.capacity)"
            }
    }

    var workers: Int { job.workers }

    /// The service that the job names, for making data keys or for opening them as who restores. Its
    /// calls end when the run is cancelled.
    func keyService(making: Bool) throws -> any KeyManagementService {
        try environment.keyService(
            job.key.service, making: making, as: making ? nil : job.key.restoreProfile,
            isCancelled: { [flow] in flow.failure != nil })
    }

    /// How often the key service was called.
    var keyCalls: Int { report.calls.reduce(0) { $0 + $1.items } }

    /// Measures one or several calls of the key service.
    func callingService<R: ~Copyable>(count: Int = 1, _ body: () throws -> R) rethrows -> R {
        calling.count(items: count)
        return try calling.measure(body)
    }

    private func dispatch() throws -> RunSummary {
        if case .archive(let path, let select, let sample) = job.input {
            return try open(path, Selection(select), sample)
        }
        if job.stages.decrypts { return try decryptMessage() }
        if estimates { startEstimate() }
        return try seal()
    }

    private func open(
        _ path: String, _ selection: Selection, _ sample: Percentage
    ) throws -> RunSummary {
        switch job.output {
        case .archive: throw JobError(.usage, "an archive is not sealed into another")
        case .directory(let directory, let overwrite):
            return try restore(path, selection, into: directory, overwrite)
        case .stdout: return try unpack(path, selection, to: .stdout)
        case .discard where job.stages.verifies:
            return try verify(path, sample)
        case .discard: return try unpack(path, selection, to: .discard)
        }
    }

    /// Where the bytes of an input that is no archive come from.
    func streamSource() throws -> any StreamSource {
        switch job.input {
        case .stdin: return StandardInput()
        case .command(let arguments, _): return CommandSource(arguments: arguments)
        case .paths, .archive:
            throw JobError(.usage, "a message is read from standard input or from a command")
        }
    }

    private func startEstimate() {
        guard case .paths(let sources, let exclude, let oneFileSystem) = job.input else { return }
        flow.stage("estimate") { [flow, progress] in
            let estimate = try? SourceEstimate(
                of: sources, exclude: exclude, oneFileSystem: oneFileSystem, flow: flow)
            if let estimate { progress.expect(tarBytes: estimate.tarBytes) }
        }
    }
}

extension StageMeter.Activity {
    fileprivate var words: String {
        switch self {
        case .idle: "has nothing to do"
        case .working: "works"
        case .waitingForInput: "waits for something to work on"
        case .waitingForOutput: "waits for room"
        }
    }
}

extension Job {
    /// As many as the job says, or as there are processors for the process.
    package var workers: Int { limits.workers ?? Processors.count }

    /// The same job with its result thrown away, and no word of it to who watches the job.
    package func dryRun() -> Job {
        var job = self
        job.output = .discard
        job.report = Report()
        return job
    }
}
