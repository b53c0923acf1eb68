import Jobs
import Pipeline

/// Everything that was measured, as `profile --json` writes it.
/// Seconds and milliseconds are fractions, sizes bytes.
struct ProfileOutput: Encodable {
    struct Latency: Encodable {
        let count: Int
        let p50, p90, p99, p999, longest: Double
    }

    struct Stage: Encodable {
        let name: String
        /// `thread`, `outside`, or the pool's name.
        let place: String
        let threads: Int
        let items, bytes_in, bytes_out: Int
        let utilisation, busy_seconds, processor_seconds: Double
        let input_wait_seconds, output_wait_seconds: Double
        let latency_milliseconds: Latency?
    }

    struct Pool: Encodable {
        let name: String
        let workers: Int
        let utilisation, busy_seconds, processor_seconds: Double
    }

    struct Queue: Encodable {
        let name: String
        let capacity: Int
        let from, to: String?
    }

    /// What was so far, by stage and queue in the order of `stages` and `queues`.
    struct Sample: Encodable {
        let seconds, processor_seconds: Double
        let resident_bytes: Int
        let bytes_in, bytes_out: [Int]
        let busy_seconds: [Double]
        let depths: [Int]
    }

    struct Verdict: Encodable {
        let kind: String
        let stage: String?
        let share: Double?
        let sentence: String
        let advice: String?
    }

    let version = 1
    let tool = Sealpipe.tool
    let job: String
    let workers: Int
    let processors: Int
    let seconds, pipeline_seconds, processor_seconds, delay_seconds: Double
    let peak_resident_bytes: Int
    let entries, content_bytes, tar_bytes, stored_bytes: Int
    let partial: Bool
    let stages: [Stage]
    let pools: [Pool]
    let queues: [Queue]
    let samples: [Sample]
    let verdict: Verdict

    init(_ job: Job, _ summary: RunSummary, _ verdict: Jobs.Verdict) {
        let report = summary.report
        self.job = summary.job
        workers = job.workers
        processors = report.processors
        seconds = summary.seconds
        pipeline_seconds = report.seconds
        processor_seconds = report.processorSeconds
        delay_seconds = report.delaySeconds
        peak_resident_bytes = report.peakResidentBytes
        entries = summary.entries
        content_bytes = summary.contentBytes
        tar_bytes = summary.tarBytes
        stored_bytes = summary.storedBytes
        partial = summary.isPartial
        stages = report.stages.map { Stage($0, of: report) }
        pools = report.pools.map { pool in
            Pool(
                name: pool.name, workers: pool.workers, utilisation: report.utilisation(of: pool),
                busy_seconds: pool.busySeconds, processor_seconds: pool.processorSeconds)
        }
        queues = report.queues.map {
            Queue(name: $0.name, capacity: $0.capacity, from: $0.from, to: $0.to)
        }
        samples = report.samples.map { sample in
            Sample(
                seconds: sample.seconds, processor_seconds: sample.processorSeconds,
                resident_bytes: sample.residentBytes, bytes_in: sample.stages.map(\.bytesIn),
                bytes_out: sample.stages.map(\.bytesOut),
                busy_seconds: sample.stages.map(\.busySeconds), depths: sample.depths)
        }
        self.verdict = Verdict(
            kind: verdict.bottleneck.map { "\($0.kind)" } ?? "nothing",
            stage: verdict.bottleneck?.stage, share: verdict.bottleneck?.share,
            sentence: verdict.sentence, advice: verdict.advice)
    }
}

extension ProfileOutput.Stage {
    fileprivate init(_ stage: StageMeter.Reading, of report: FlowReport) {
        let place =
            switch stage.place {
            case .thread: "thread"
            case .outside: "outside"
            case .pool(let name): name
            }
        self.init(
            name: stage.name, place: place, threads: report.threads(of: stage),
            items: stage.items, bytes_in: stage.bytesIn, bytes_out: stage.bytesOut,
            utilisation: report.utilisation(of: stage), busy_seconds: stage.busySeconds,
            processor_seconds: stage.processorSeconds,
            input_wait_seconds: stage.inputWaitSeconds,
            output_wait_seconds: stage.outputWaitSeconds,
            latency_milliseconds: stage.latency.map {
                ProfileOutput.Latency(
                    count: $0.count, p50: $0.median, p90: $0.p90, p99: $0.p99, p999: $0.p999,
                    longest: $0.longest)
            })
    }
}
