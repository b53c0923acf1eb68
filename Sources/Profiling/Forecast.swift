import Jobs
package import Pipeline

/// How long a whole run would take, from a run that sealed a sample of its chunks.
///
/// All sources are walked and packed in either; what follows costs as many times more as there are
/// more bytes. The run is as slow as the slowest of its threads, its workers and the processors
/// together: what was measured beyond that, because stages wait for one another, is kept in proportion.
/// What a sample cannot show, as it finds its files in memory and stores nothing, the run before it
/// has shown: no stage is foretold to need less than it needed there for as many bytes.
package struct Forecast: Sendable, Equatable {
    package let seconds: Double
    /// A stage's name, or nil where the processors together are the limit.
    package let limit: String?

    /// `scale`: how many times the sample the whole is, in bytes of tar. `floors`: the least that
    /// stages need for the whole, in seconds, by name.
    package init?(_ report: FlowReport, scale: Double, floors: [String: Double] = [:]) {
        guard report.seconds > 0, scale >= 1 else { return nil }
        let costs = Self.costs(of: report, scale: scale)
        guard let slowest = costs.max(by: { $0.seconds < $1.seconds }),
            let now = Self.costs(of: report, scale: 1).map(\.seconds).max(), now > 0
        else { return nil }
        var (seconds, limit) = (slowest.seconds * max(1, report.seconds / now), slowest.limit)
        let least = Self.costs(of: report, scale: scale, floors).max { $0.seconds < $1.seconds }
        if let least, least.seconds > seconds { (seconds, limit) = (least.seconds, least.limit) }
        self.seconds = seconds + report.callSeconds
        self.limit = limit
    }

    /// Of a whole with so many bytes of tar; nil where the sample held nothing. `measured`: the whole
    /// as it was run with other settings.
    init?(_ summary: RunSummary, tarBytes: Int, measured: FlowReport? = nil) {
        guard let scale = Self.scale(summary, tarBytes: tarBytes) else { return nil }
        let floors = measured.map {
            Self.floors(in: $0, storedBytes: Double(summary.storedBytes) * scale)
        }
        self.init(summary.report, scale: scale, floors: floors ?? [:])
    }

    /// What devices need: for all that is read as long as before, for what is stored as long a byte.
    private static func floors(in measured: FlowReport, storedBytes: Double) -> [String: Double] {
        var floors: [String: Double] = [:]
        for stage in measured.pipelineStages {
            switch stage.name {
            case "pack", "read": floors[stage.name] = stage.busySeconds
            case "store", "publish":
                guard stage.bytesIn > 0 else { continue }
                floors[stage.name] = stage.busySeconds / Double(stage.bytesIn) * storedBytes
            default: continue
            }
        }
        return floors
    }

    /// How many times a sample the whole is; nil where the sample held nothing.
    static func scale(_ sample: RunSummary, tarBytes: Int) -> Double? {
        sample.tarBytes > 0 ? max(1, Double(tarBytes) / Double(sample.tarBytes)) : nil
    }

    private static func costs(
        of report: FlowReport, scale: Double, _ floors: [String: Double] = [:]
    ) -> [(limit: String?, seconds: Double)] {
        func factor(_ stage: StageMeter.Reading) -> Double { stage.name == "pack" ? 1 : scale }
        func busy(_ stage: StageMeter.Reading) -> Double {
            max(stage.busySeconds * factor(stage), floors[stage.name] ?? 0)
        }
        let stages = report.pipelineStages
        var costs: [(limit: String?, seconds: Double)] = []
        for stage in stages where stage.place == .thread {
            costs.append((stage.name, busy(stage)))
        }
        for pool in report.pools {
            let members = stages.filter { $0.place == .pool(pool.name) }
            let busiest = members.max { busy($0) < busy($1) }
            let together = members.reduce(0) { $0 + busy($1) }
            costs.append((busiest?.name, together / Double(max(1, pool.workers))))
        }
        let work = stages.reduce(0) { $0 + $1.processorSeconds * factor($1) }
        costs.append((nil, work / Double(max(1, report.processors))))
        return costs
    }
}
