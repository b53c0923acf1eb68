/// A run as it was measured: all that the forms in which others read it are made of.
///
/// Its members are those of `docs/formats/profile.md`, in JSON with `_` between words. Seconds and
/// milliseconds are fractions, sizes bytes.
package struct Profile: Sendable, MeasuredJSON {
    package let version = 1
    /// Name and version of the program.
    package var tool: String
    /// When the run began: `2026-01-02T03:04:05.678Z`.
    package var started: String
    package var job: MeasuredJob
    package var machine: Machine

    package var seconds = 0.0
    /// From the first stage's start to the last one's end.
    package var pipelineSeconds = 0.0
    package var processorSeconds = 0.0
    /// How long threads were ready to run but had no processor.
    package var delaySeconds = 0.0
    package var peakResidentBytes = 0
    package var entries = 0
    package var contentBytes = 0
    package var tarBytes = 0
    package var storedBytes = 0
    package var keyCalls = 0
    package var problemCount = 0
    package var partial = false

    package var stages: [Stage] = []
    package var pools: [Pool] = []
    package var queues: [Queue] = []
    package var samples: [Sample] = []
    /// The type of file with the most bytes first.
    package var types: [FileType] = []
    package var verdict: Conclusion

    package struct Latency: Sendable, Encodable {
        package var count: Int
        package var p50, p90, p99, p999, longest: Double
    }

    package struct Stage: Sendable, Encodable {
        package var name: String
        /// `thread`, `outside`, or the pool's name.
        package var place: String
        package var threads = 1
        package var items = 0
        package var bytesIn = 0
        package var bytesOut = 0
        package var utilisation = 0.0
        package var busySeconds = 0.0
        package var processorSeconds = 0.0
        package var inputWaitSeconds = 0.0
        package var outputWaitSeconds = 0.0
        package var latencyMilliseconds: Latency?
    }

    package struct Pool: Sendable, Encodable {
        package var name: String
        package var workers: Int
        package var utilisation, busySeconds, processorSeconds: Double
    }

    package struct Queue: Sendable, Encodable {
        package var name: String
        package var capacity: Int
        /// Names of the stages at its ends.
        package var from, to: String?
    }

    /// What was so far, by stage and queue in the order of `stages` and `queues`.
    package struct Sample: Sendable, Encodable {
        package var seconds: Double
        package var processorSeconds = 0.0
        package var residentBytes = 0
        package var bytesIn: [Int] = []
        package var bytesOut: [Int] = []
        package var busySeconds: [Double] = []
        package var depths: [Int] = []
    }

    /// What belongs to all files of one type.
    package struct FileType: Sendable, Encodable {
        package var name: String
        package var files: Int
        package var contentBytes, tarBytes, storedBytes: Int
    }

    /// The verdict, in words and as the figures behind them.
    package struct Conclusion: Sendable, Encodable {
        package var kind: String
        package var stage: String?
        package var share: Double?
        package var sentence: String
        package var advice: String?
    }
}
