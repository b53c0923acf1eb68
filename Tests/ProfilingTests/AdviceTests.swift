import Pipeline
import Testing

@testable import Profiling

/// What is said and advised on runs whose bottleneck is known.
@Suite struct AdviceTests {
    /// Ten seconds on so many processors. Stages named `pack`, `frame`, `store`, `publish` have threads.
    private func report(
        _ stages: [(name: String, busy: Double, cpu: Double)], processors: Int = 2,
        workers: Int = 2, delaySeconds: Double = 0
    ) -> FlowReport {
        var report = FlowReport()
        report.seconds = 10
        report.processors = processors
        report.delaySeconds = delaySeconds
        report.stages = stages.map { name, busy, cpu in
            let hasThread = ["pack", "frame", "store", "publish"].contains(name)
            var reading = StageMeter.Reading(name, at: hasThread ? .thread : .pool("workers"))
            (reading.busySeconds, reading.processorSeconds) = (busy, cpu)
            return reading
        }
        report.processorSeconds = stages.reduce(0) { $0 + $1.cpu }
        let members = report.stages.filter { $0.place != .thread }
        report.pools = [
            FlowReport.Pool(
                "workers", workers: workers, busySeconds: members.reduce(0) { $0 + $1.busySeconds },
                processorSeconds: members.reduce(0) { $0 + $1.processorSeconds })
        ]
        return report
    }

    private func advice(_ report: FlowReport, level: Int? = nil) -> String {
        Verdict(report, level: level).advice ?? ""
    }

    @Test func `no level is lower than the first`() {
        let busy = report([("compress", 19, 19)])
        #expect(advice(busy, level: 3).contains("a lower level"))
        #expect(!advice(busy, level: 1).contains("a lower level"))
        let shared = report([("compress", 10, 9), ("encrypt", 9, 9), ("store", 2, 2)])
        #expect(Verdict(shared).bottleneck?.kind == .processors)
        #expect(!advice(shared, level: 1).contains("a lower level"))
    }

    @Test func `a higher level is no help for what does not compress`() {
        var slow = report([("compress", 1, 1), ("store", 9, 0.5)])
        #expect(advice(slow).contains("'compress'"))
        (slow.stages[0].bytesIn, slow.stages[0].bytesOut) = (1000, 999)
        #expect(!advice(slow, level: 3).contains("a higher level"))
        slow.stages[0].bytesOut = 500
        #expect(advice(slow, level: 3).contains("a higher level"))
    }

    @Test func `one worker on several processors should not be alone`() {
        let alone = report([("compress", 9.5, 9.5)], processors: 4, workers: 1)
        #expect(advice(alone, level: 1).contains("limits.workers"))
        #expect(!advice(report([("store", 9.5, 9.5)], processors: 4)).contains("limits.workers"))
    }

    @Test func `compression that others crowd is still about compression`() {
        let crowded = report([("compress", 19, 5)], delaySeconds: 14)
        #expect(Verdict(crowded).bottleneck?.kind == .crowded)
        #expect(Verdict(crowded).isAboutCompression)
        #expect(advice(crowded, level: 9).contains("lower level"))
        #expect(!advice(crowded, level: 1).contains("lower level"))
    }

    @Test func `a quota that is used up is to be raised`() {
        var half = report([("compress", 19, 5)], delaySeconds: 14)
        half.processorQuota = 0.5
        let verdict = Verdict(half)
        #expect(verdict.sentence.hasPrefix("limited by a quota: of the 0.5 processors"))
        #expect(verdict.isAboutCompression)
        #expect(advice(half, level: 9).contains("CPUQuota="))
        #expect(advice(half, level: 9).contains("lower the level"))
        #expect(!advice(half, level: 1).contains("lower the level"))
    }

    @Test func `a sentence has the share that the table has`() {
        let shared = report([("read", 17, 1), ("compress", 2.6, 2.6)])
        #expect(
            Verdict(shared).sentence.hasPrefix(
                "limited by read: its 2 workers were busy 98 % of the time, 85 % with read, most"))
        let alone = report([("read", 17, 1)])
        #expect(Verdict(alone).sentence.contains("were busy 85 % of the time, most of it"))
        let calm = report([("read", 8, 1), ("compress", 6, 6), ("pack", 5, 1)])
        #expect(Verdict(calm).sentence.hasSuffix("pack most with 50 %"))
    }

    @Test func `many tiny pieces are told`() {
        var tiny = report([("compress", 4, 3), ("encrypt", 1, 1), ("frame", 3, 3)])
        #expect(Verdict(tiny).bottleneck?.kind == .balanced && advice(tiny).isEmpty)
        tiny.stages[0].items = 200_000
        #expect(advice(tiny).contains("compress did 200000 pieces of work of 20 µs each"))
        #expect(advice(tiny).contains("chunk.size"))
        tiny.stages[1].items = 400_000
        #expect(advice(tiny).contains("encrypt.frame"))
        tiny.stages[0].items = 1000
        tiny.stages[1].items = 1000
        #expect(advice(tiny).isEmpty)
    }

    @Test func `what is slow to write has an advice of its own`() {
        for cpu in [0.5, 19] {
            let restoring = advice(report([("write", 19, cpu)]))
            #expect(!restoring.isEmpty && !restoring.contains("level"))
        }
        #expect(!advice(report([("store", 9.5, 9.5)], processors: 4)).isEmpty)
    }

    @Test func `a slow commit is one of storage`() {
        var slow = report([("pack", 5, 5)])
        var commit = StageMeter.Reading("commit", at: .outside)
        commit.busySeconds = 30
        slow.stages.append(commit)
        #expect(Verdict(slow).sentence.hasPrefix("limited by storage: it took 75 % of the time"))
        #expect(advice(slow).contains("durable"))
    }
}
