/// What limits a flow, found in its measurement.
package struct Bottleneck: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// All processors were at work, for several stages, most of all for this one.
        case processors
        /// The stage's threads were busy nearly all the time, mostly with work of a processor.
        case work
        /// The stage's threads were busy nearly all the time, mostly waiting for a device or a peer.
        case device
        /// The stage's threads were ready nearly all the time, but others had the processors.
        case crowded
        /// The process used all the time of processors that a quota gives it.
        case quota
        /// Most of the run was spent in calls before the flow started.
        case calls
        /// Most of the run was spent in making durable what the flow had made.
        case commit
        /// Nothing was busy nearly all the time: stages wait for one another in turns.
        case balanced
    }

    package let kind: Kind
    /// The stage it is about; the busiest where the flow is balanced.
    package let stage: String
    /// The share of the time for which the stage, or whatever `kind` names, was busy: 0 to 1.
    package let share: Double

    /// From this share on something counts as busy all the time.
    static let full = 0.8

    /// The stages outside of a flow that make durable what it needs and what it has made.
    package static let prepare = "prepare"
    package static let commit = "commit"

    package init(kind: Kind, stage: String, share: Double) {
        self.kind = kind
        self.stage = stage
        self.share = share
    }

    /// Nil where nothing was done.
    package init?(of report: FlowReport) {
        let storing = report.calls.filter { [Self.prepare, Self.commit].contains($0.name) }
        let storingSeconds = storing.reduce(0) { $0 + $1.busySeconds }
        let called = report.calls.filter { !storing.contains($0) }
            .max { $0.busySeconds < $1.busySeconds }
        if storingSeconds > max(report.seconds, called?.busySeconds ?? 0) {
            self.init(
                kind: .commit, stage: Self.commit,
                share: storingSeconds / (report.callSeconds + report.seconds))
            return
        }
        if let called, called.busySeconds > report.seconds {
            self.init(
                kind: .calls, stage: called.name,
                share: called.busySeconds / (report.callSeconds + report.seconds))
            return
        }
        let stages = report.pipelineStages
        guard let costliest = stages.max(by: { $0.processorSeconds < $1.processorSeconds }),
            let (busiest, share) = Self.busiest(of: report, among: stages)
        else { return nil }
        if let share = report.quotaShare, share >= Self.full {
            self.init(kind: .quota, stage: costliest.name, share: min(1, share))
            return
        }
        let delayShare = busiest.busySeconds > 0 ? report.delaySeconds / busiest.busySeconds : 0
        let isMostOfTheWork = costliest.processorSeconds >= report.processorSeconds / 2
        if report.processorShare >= Self.full,
            !(isMostOfTheWork && costliest.name == busiest.name && share >= Self.full)
        {
            self.init(kind: .processors, stage: costliest.name, share: report.processorShare)
        } else if share < Self.full {
            // Of workers that several stages share, it is the stage's own share that can be compared.
            let most = stages.max { report.utilisation(of: $0) < report.utilisation(of: $1) }
            let stage = most ?? busiest
            self.init(kind: .balanced, stage: stage.name, share: report.utilisation(of: stage))
        } else if busiest.processorSeconds >= busiest.busySeconds / 2 {
            self.init(kind: .work, stage: busiest.name, share: share)
        } else {
            self.init(
                kind: delayShare >= 0.5 ? .crowded : .device, stage: busiest.name,
                share: share)
        }
    }

    /// The thread or pool that was busy for the largest share, and that share; of a pool the stage
    /// that kept it so.
    private static func busiest(
        of report: FlowReport, among stages: [StageMeter.Reading]
    ) -> (StageMeter.Reading, share: Double)? {
        let threads = stages.filter { $0.place == .thread }.map {
            ($0, share: report.utilisation(of: $0))
        }
        let pools = report.pools.compactMap { pool in
            stages.filter { $0.place == .pool(pool.name) }
                .max { $0.busySeconds < $1.busySeconds }
                .map { ($0, share: report.utilisation(of: pool)) }
        }
        return (threads + pools).max { $0.share < $1.share }
    }
}
