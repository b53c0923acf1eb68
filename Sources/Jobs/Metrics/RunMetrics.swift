import Foundation
import Prometheus
import Pipeline

/// A run's figures as Prometheus reads them. All are gauges: they tell of one run, the last.
struct RunMetrics: Sendable {
    private static let lastSuccess = "sealpipe_last_success_time_seconds"

    private let job: String
    private let info: [(String, String)]
    /// Seconds since 1970.
    private let started: Double

    init(of job: Job, tool: String, started: Double = Date().timeIntervalSince1970) {
        self.job = job.name
        self.started = started
        var info = [("job", job.name), ("tool", tool)]
        if case .archive(let set) = job.output { info.append(("set", set)) }
        if let level = job.stages.compression?.level { info.append(("level", "\(level)")) }
        if job.stages.encryption != nil {
            info.append(("chunk_bytes", "\(job.stages.chunkByteCount)"))
        }
        info.append(("workers", "\(job.workers)"))
        info.append(("processors", "\(Processors.count)"))
        self.info = info
    }

    /// The page for a run that goes on, or has ended with a status. `earlier` is the page before, which
    /// knows when the job succeeded last.
    func page(_ summary: RunSummary, _ status: ExitStatus?, earlier: String) -> String {
        var page = MetricsPage()
        page.gauge("sealpipe_run_info", "What the run is and how it was set.", [(info, 1)])
        func gauge(_ name: String, _ help: String, _ value: Double) {
            page.gauge("sealpipe_\(name)", help, [([("job", job)], value)])
        }
        gauge("run_start_time_seconds", "When the run started, since 1970.", started)
        gauge("run_duration_seconds", "How long it has gone on, or went on.", summary.seconds)
        gauge("run_running", "1 while the run goes on.", status == nil ? 1 : 0)
        let isSuccess = status == .done || status == .partial
        if let status {
            gauge(
                "run_success", "1 where the run did its work; absent while it goes on.",
                isSuccess ? 1 : 0)
            gauge(
                "run_exit_status", "The exit status; absent while the run goes on.",
                Double(status.rawValue))
        }
        let time = isSuccess ? started + summary.seconds : lastSuccess(in: earlier)
        if let time {
            gauge("last_success_time_seconds", "When a run of the job last succeeded.", time)
        }
        gauge("run_entries", "Entries read or written.", Double(summary.entries))
        gauge("run_content_bytes", "Bytes of files.", Double(summary.contentBytes))
        gauge("run_tar_bytes", "Bytes of tar.", Double(summary.tarBytes))
        gauge("run_stored_bytes", "Bytes stored.", Double(summary.storedBytes))
        gauge("run_problems", "Problems with inputs or metadata.", Double(summary.problemCount))
        gauge(
            "run_key_calls", "Calls of the key service.",
            Double(summary.report.calls.reduce(0) { $0 + $1.items }))
        gauge(
            "run_key_seconds", "How long they took together.", summary.report.callSeconds)
        addStages(summary.report.pipelineStages, to: &page)
        return page.text
    }

    private func addStages(_ stages: [StageMeter.Reading], to page: inout MetricsPage) {
        func gauge(
            _ name: String, _ help: String, _ value: (StageMeter.Reading) -> Double
        ) {
            // A file that has one series twice is refused as a whole.
            let values = Dictionary(stages.map { ($0.name, value($0)) }, uniquingKeysWith: +)
            page.gauge(
                "sealpipe_stage_\(name)", help,
                values.map { ([("job", job), ("stage", $0.key)], $0.value) })
        }
        guard !stages.isEmpty else { return }
        gauge("items", "Pieces of work.") { Double($0.items) }
        gauge("input_bytes", "Bytes that went in.") { Double($0.bytesIn) }
        gauge("output_bytes", "Bytes that came out.") { Double($0.bytesOut) }
        gauge("busy_seconds", "Time at work, of all threads together.", \.busySeconds)
        gauge("processor_seconds", "Time on a processor.", \.processorSeconds)
        gauge("input_wait_seconds", "Time of waiting for input.", \.inputWaitSeconds)
        gauge("output_wait_seconds", "Time of waiting for room.", \.outputWaitSeconds)
    }

    private func lastSuccess(in page: String) -> Double? {
        let start = MetricsPage.series(Self.lastSuccess, [("job", job)]) + " "
        return page.split(separator: "\n").first { $0.hasPrefix(start) }
            .flatMap { Double($0.dropFirst(start.count)) }
    }
}
