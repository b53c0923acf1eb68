import Pipeline

/// What can be tried against what limits a run: nothing that its measurement shows to be of no use.
struct Advice {
    /// What zstd makes smaller by less than this counts as incompressible.
    private static let leastRatio = 1.05
    /// Pieces of work that are smaller, on the mean, and so many that handing them on counts.
    private static let smallSeconds = 1e-4
    private static let manyItems = 20_000

    private let report: FlowReport
    /// Of compression, where it is known.
    private let level: Int?

    init(_ report: FlowReport, level: Int?) {
        self.report = report
        self.level = level
    }

    /// Nil where nothing is known that helps.
    func text(on bottleneck: Bottleneck) -> String? {
        switch bottleneck.kind {
        case .processors: onWork(of: bottleneck.stage) ?? onSmallPieces
        case .work: onWorkers(of: bottleneck.stage) ?? onWork(of: bottleneck.stage) ?? onSmallPieces
        case .device: onDevice(of: bottleneck.stage)
        case .crowded:
            bottleneck.stage == "compress" && canBeLower
                ? "run it when the machine is idle, with a higher priority, or at a lower level"
                : "run it when the machine is idle, or with a higher priority"
        case .quota:
            "raise the quota: cpu.max of its control group, CPUQuota= of its unit"
                + (bottleneck.stage == "compress" && canBeLower ? "; or lower the level" : "")
        case .calls: "see why it answers slowly; the run waits for it before it does anything"
        case .commit:
            "see why the target takes long to make files durable: a faster disk helps, or one whose cache "
                + "outlives a loss of power"
        case .balanced: onSmallPieces
        }
    }

    private func onWorkers(of stage: String) -> String? {
        guard let reading = reading(stage), reading.place != .thread,
            report.threads(of: reading) < report.processors
        else { return nil }
        return "there are \(report.processors) processors; raise 'limits.workers'"
    }

    private func onWork(of stage: String) -> String? {
        switch stage {
        case "compress":
            canBeLower
                ? "a lower level compresses faster"
                : "level 1 compresses fastest; only more or faster processors help"
        case "pack": "many small files are read one after the other; more jobs side by side help"
        case "store", "publish":
            "one thread stores an archive; jobs side by side, each with a set of its own, store more"
        case "write":
            "the target's file system takes the processor; a faster one helps, or to restore less"
        default: nil
        }
    }

    private func onDevice(of stage: String) -> String? {
        switch stage {
        case "pack", "read", "plan":
            "the source is slow: a faster disk or link helps, more cores do not"
        case "store", "publish":
            switch ratio {
            case nil: "the target is slow: a faster disk helps, or the stage 'compress'"
            case let ratio? where ratio < Self.leastRatio:
                "the target is slow: a faster disk helps; the data does not compress, so no level does"
            default: "the target is slow: a faster disk or a higher level of compression helps"
            }
        case "write":
            "the target is slow: a faster disk or link helps, or to restore less"
        default: nil
        }
    }

    /// Where pieces are so small that handing them from thread to thread is most of the work.
    private var onSmallPieces: String? {
        let small = report.pipelineStages.filter {
            $0.items >= Self.manyItems && $0.busySeconds < Self.smallSeconds * Double($0.items)
        }
        guard let most = small.max(by: { $0.items < $1.items }) else { return nil }
        let microseconds = Int((most.busySeconds * 1e6 / Double(most.items)).rounded())
        let what =
            switch most.name {
            case "encrypt", "store", "digest": "larger frames help ('encrypt.frame')"
            case "decrypt", "decompress": "an archive of larger chunks and frames opens faster"
            default: "larger chunks help ('chunk.size')"
            }
        return "\(most.name) did \(most.items) pieces of work of \(microseconds) µs each: \(what)"
    }

    private var canBeLower: Bool { level.map { $0 > 1 } ?? true }

    /// Of what was compressed; nil where nothing was.
    private var ratio: Double? {
        guard let compress = reading("compress"), compress.bytesOut > 0 else { return nil }
        return Double(compress.bytesIn) / Double(compress.bytesOut)
    }

    private func reading(_ stage: String) -> StageMeter.Reading? {
        report.stages.first { $0.name == stage }
    }
}
