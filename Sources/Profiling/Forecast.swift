import Jobs
package import Pipeline

/// How long a whole run would take, from a run that sealed a sample of its chunks.
///
/// All sources are walked and packed in either; what follows costs as many times more as there are
/// more bytes. The run is as slow as the slowest of its threads, its workers and the processors
/// together: what was measured beyond that, because stages wait for one another, is kept in proportion.
package struct Forecast: Sendable, Equatable {
    package let seconds: Double
    /// A stage's name, or nil where the processors together are the limit.
    package let limit: String?

    /// `scale`: how many times the sample the whole is, in bytes of tar.
    package init?(_ report: FlowReport, scale: Double) {
        guard report.seconds > 0, scale >= 1 else { return nil }
        let costs = Self.costs(of: report, scale: scale)
        guard let slowest = costs.max(by: { $0.seconds < $1.seconds }),
            let now = Self.costs(of: report, scale: 1).map(\.seconds).max(), now > 0
        else { return nil }
        seconds = slowest.seconds * max(1, report.seconds / now) + report.callSeconds
        limit = slowest.limit
    }

    /// Of a whole with so many bytes of tar; nil where the sample held nothing.
    init?(_ summary: RunSummary, tarBytes: Int) {
        guard let scale = Self.scale(summary, tarBytes: tarBytes) else { return nil }
        self.init(summary.report, scale: scale)
    }

    /// How many times a sample the whole is; nil where the sample held nothing.
    static func scale(_ sample: RunSummary, tarBytes: Int) -> Double? {
        sample.tarBytes > 0 ? max(1, Double(tarBytes) / Double(sample.tarBytes)) : nil
    }

    private static func costs(
        of report: FlowReport, scale: Double
    ) -> [(limit: String?, seconds: Double)] {
        func factor(_ stage: StageMeter.Reading) -> Double { stage.name == "pack" ? 1 : scale }
        let stages = report.pipelineStages
        var costs: [(limit: String?, seconds: Double)] = []
        for stage in stages where stage.place == .thread {
            costs.append((stage.name, stage.busySeconds * factor(stage)))
        }
        for pool in report.pools {
            let members = stages.filter { $0.place == .pool(pool.name) }
            let busy = members.reduce(0) { $0 + $1.busySeconds * factor($1) }
            let busiest = members.max { $0.busySeconds < $1.busySeconds }
            costs.append((busiest?.name, busy / Double(max(1, pool.workers))))
        }
        let work = stages.reduce(0) { $0 + $1.processorSeconds * factor($1) }
        costs.append((nil, work / Double(max(1, report.processors))))
        return costs
    }
}
