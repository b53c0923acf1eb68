package import Foundation
package import Jobs
import Pipeline

extension Profile {
    /// What came of a run that began at `start` on this machine.
    package init(
        of job: Job, _ summary: RunSummary, _ verdict: Verdict, tool: String, start: Date
    ) {
        let report = summary.report
        self.init(
            tool: tool,
            started: start.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
            job: MeasuredJob(job), machine: .current(processors: report.processors),
            seconds: summary.seconds, pipelineSeconds: report.seconds,
            processorSeconds: report.processorSeconds, delaySeconds: report.delaySeconds,
            peakResidentBytes: report.peakResidentBytes, entries: summary.entries,
            contentBytes: summary.contentBytes, tarBytes: summary.tarBytes,
            storedBytes: summary.storedBytes, keyCalls: summary.keyCalls,
            problemCount: summary.problemCount, partial: summary.isPartial,
            stages: report.stages.map { Stage($0, of: report) },
            pools: report.pools.map { pool in
                Pool(
                    name: pool.name, workers: pool.workers,
                    utilisation: report.utilisation(of: pool), busySeconds: pool.busySeconds,
                    processorSeconds: pool.processorSeconds)
            },
            queues: report.queues.map {
                Queue(name: $0.name, capacity: $0.capacity, from: $0.from, to: $0.to)
            },
            samples: report.samples.map { sample in
                Sample(
                    seconds: sample.seconds, processorSeconds: sample.processorSeconds,
                    residentBytes: sample.residentBytes, bytesIn: sample.stages.map(\.bytesIn),
                    bytesOut: sample.stages.map(\.bytesOut),
                    busySeconds: sample.stages.map(\.busySeconds), depths: sample.depths)
            },
            types: summary.types.map {
                FileType(
                    name: $0.name, files: $0.files, contentBytes: $0.contentBytes,
                    tarBytes: $0.tarBytes, storedBytes: $0.storedBytes)
            },
            verdict: Conclusion(
                kind: verdict.bottleneck.map { "\($0.kind)" } ?? "nothing",
                stage: verdict.bottleneck?.stage, share: verdict.bottleneck?.share,
                sentence: verdict.sentence, advice: verdict.advice))
    }
}

extension Profile.Stage {
    fileprivate init(_ stage: StageMeter.Reading, of report: FlowReport) {
        let place =
            switch stage.place {
            case .thread: "thread"
            case .outside: "outside"
            case .pool(let name): name
            }
        self.init(
            name: stage.name, place: place, threads: report.threads(of: stage),
            items: stage.items, bytesIn: stage.bytesIn, bytesOut: stage.bytesOut,
            utilisation: report.utilisation(of: stage), busySeconds: stage.busySeconds,
            processorSeconds: stage.processorSeconds, inputWaitSeconds: stage.inputWaitSeconds,
            outputWaitSeconds: stage.outputWaitSeconds,
            latencyMilliseconds: stage.latency.map {
                Profile.Latency(
                    count: $0.count, p50: $0.median, p90: $0.p90, p99: $0.p99, p999: $0.p999,
                    longest: $0.longest)
            })
    }
}
