/// What a flow did, measured: for tables, pictures and the search for what limits it.
package struct FlowReport: Sendable {
    /// Workers that run the pieces of several stages.
    package struct Pool: Sendable, Equatable {
        package let name: String
        package let workers: Int
        package var busySeconds: Double
        package var processorSeconds: Double

        package init(
            _ name: String, workers: Int, busySeconds: Double = 0, processorSeconds: Double = 0
        ) {
            self.name = name
            self.workers = workers
            self.busySeconds = busySeconds
            self.processorSeconds = processorSeconds
        }
    }

    /// A bounded queue between two stages.
    package struct Queue: Sendable, Equatable {
        package let name: String
        package let capacity: Int
        package let from: String?
        package let to: String?
    }

    /// The state at one moment; counters are totals since the start.
    package struct Sample: Sendable, Equatable {
        package let seconds: Double
        package let processorSeconds: Double
        package let residentBytes: Int
        /// By stage, in the order of `stages`; as many as there were at that moment.
        package let stages: [Counts]
        /// By queue, in the order of `queues`.
        package let depths: [Int]

        package struct Counts: Sendable, Equatable {
            package let bytesIn: Int
            package let bytesOut: Int
            package let busySeconds: Double
        }
    }

    /// From the first stage's start to the last one's end.
    package var seconds = 0.0
    /// Of the whole process, in that time.
    package var processorSeconds = 0.0
    /// How long threads of the flow were ready to run but had no processor.
    package var delaySeconds = 0.0
    /// Processors of the machine that the process may use.
    package var processors = 1
    /// How many, in time, the process may have at most; nil where it may have all of the machine's.
    package var processorQuota: Double?
    package var peakResidentBytes = 0
    package var stages: [StageMeter.Reading] = []
    package var pools: [Pool] = []
    package var queues: [Queue] = []
    package var samples: [Sample] = []
    /// Where one was asked for.
    package var trace: FlowTrace?

    package init() {}

    /// What is done outside of the pipeline: calls of a service, the commit.
    package var calls: [StageMeter.Reading] { stages.filter { $0.place == .outside } }

    /// How long they took together.
    package var callSeconds: Double { calls.reduce(0) { $0 + $1.busySeconds } }

    /// The stages of the pipeline.
    package var pipelineStages: [StageMeter.Reading] { stages.filter { $0.place != .outside } }

    /// The share of its time that a stage was busy; of all workers where it runs on a pool.
    package func utilisation(of stage: StageMeter.Reading) -> Double {
        share(stage.busySeconds, of: threads(of: stage))
    }

    package func utilisation(of pool: Pool) -> Double {
        share(pool.busySeconds, of: pool.workers)
    }

    /// How many threads may work for a stage at once.
    package func threads(of stage: StageMeter.Reading) -> Int {
        guard case .pool(let name) = stage.place else { return 1 }
        return pools.first { $0.name == name }?.workers ?? 1
    }

    /// The share of the processors that the process used.
    package var processorShare: Double { share(processorSeconds, of: processors) }

    /// The share of a quota that the process used.
    package var quotaShare: Double? {
        guard let processorQuota, seconds > 0 else { return nil }
        return processorSeconds / (seconds * processorQuota)
    }

    private func share(_ busy: Double, of threads: Int) -> Double {
        seconds > 0 ? busy / (seconds * Double(threads)) : 0
    }
}
