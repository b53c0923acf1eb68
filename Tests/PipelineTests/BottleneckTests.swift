import Dispatch
import Glibc
import Testing

@testable import Pipeline

/// Verdicts on pipelines whose bottleneck is known, because it was made on purpose.
@Suite struct BottleneckTests {
    // MARK: measured

    /// Three stages, the middle one on two workers; each item makes the stages sleep so long.
    private func run(
        read: UInt32 = 0, work: UInt32 = 0, write: UInt32 = 0, items: Int = 12,
        spin: Bool = false
    ) throws -> FlowReport {
        let flow = Flow()
        let reading = flow.makeMeter("read")
        let working = flow.makeMeter("work", at: .pool("workers"))
        let writing = flow.makeMeter("write")
        let done: OrderedChannel<Int> = flow.makeOrderedChannel(
            "done", capacity: 3, from: reading, to: writing)
        let workers = try flow.makeWorkers(2, meter: StageMeter("workers")) { 0 }
        flow.stage(reading) {
            for item in 0..<items {
                usleep(read)
                let place = try done.reserve()
                workers.submit(.starting) { _ in
                    working.measure {
                        if spin { Self.spin(microseconds: Int(work)) } else { usleep(work) }
                    }
                    working.count()
                    place.fulfil(item)
                }
            }
            done.finish()
            workers.finish()
        }
        flow.stage(writing) { while try done.receive() != nil { usleep(write) } }
        try flow.wait()
        var report = flow.report(processors: 2)
        // Other tests run in this process at the same time.
        report.processorSeconds = report.stages.reduce(0) { $0 + $1.processorSeconds }
        if !spin { report.delaySeconds = 0 }
        return report
    }

    private static func spin(microseconds: Int) {
        let start = monotonicNanoseconds()
        while monotonicNanoseconds() - start < microseconds * 1000 {}
    }

    @Test func `a slow reader is found`() throws {
        let found = Bottleneck(of: try run(read: 20_000, work: 1000, write: 1000))
        #expect(found?.kind == .device)
        #expect(found?.stage == "read")
        #expect(found.map { $0.share > 0.8 } == true)
    }

    @Test func `a slow writer is found`() throws {
        let found = Bottleneck(of: try run(read: 1000, work: 1000, write: 20_000))
        #expect(found?.kind == .device)
        #expect(found?.stage == "write")
    }

    @Test func `slow work is found, whatever keeps its workers busy`() throws {
        let asleep = Bottleneck(of: try run(work: 40_000))
        #expect(asleep?.kind == .device)
        #expect(asleep?.stage == "work")
        let spinning = Bottleneck(of: try run(work: 40_000, spin: true))
        #expect(spinning?.stage == "work")
        #expect(spinning.map { [.work, .crowded].contains($0.kind) } == true)
    }

    @Test func `waits are those of the stage that waits`() throws {
        let report = try run(read: 20_000, write: 1000)
        let stages = Dictionary(uniqueKeysWithValues: report.stages.map { ($0.name, $0) })
        let read = try #require(stages["read"])
        let write = try #require(stages["write"])
        #expect(write.inputWaitSeconds > 0.1)
        #expect(write.inputWaitSeconds > 5 * read.outputWaitSeconds)
        #expect(read.busySeconds > 0.2)
        #expect(write.busySeconds < read.busySeconds)
    }

    // MARK: computed

    private func report(
        _ stages: [(name: String, place: StageMeter.Place, busy: Double, cpu: Double)],
        seconds: Double = 10, processorSeconds: Double, delaySeconds: Double = 0
    ) -> FlowReport {
        var report = FlowReport()
        report.seconds = seconds
        report.processors = 2
        report.processorSeconds = processorSeconds
        report.delaySeconds = delaySeconds
        report.stages = stages.map { name, place, busy, cpu in
            var reading = StageMeter.Reading(name, at: place)
            reading.busySeconds = busy
            reading.processorSeconds = cpu
            return reading
        }
        let onPool = stages.filter { $0.place == .pool("workers") }
        report.pools = [
            FlowReport.Pool(
                "workers", workers: 2, busySeconds: onPool.reduce(0) { $0 + $1.busy },
                processorSeconds: onPool.reduce(0) { $0 + $1.cpu })
        ]
        return report
    }

    @Test func `a stage that takes most of all processors is named itself`() {
        let found = Bottleneck(
            of: report(
                [
                    ("pack", .thread, 1, 1), ("compress", .pool("workers"), 18, 17.5),
                    ("encrypt", .pool("workers"), 1, 1),
                ], processorSeconds: 19.5))
        #expect(found == Bottleneck(kind: .work, stage: "compress", share: 0.95))
    }

    @Test func `where several stages share the processors, they are the limit`() {
        let found = Bottleneck(
            of: report(
                [
                    ("compress", .pool("workers"), 9, 8), ("encrypt", .pool("workers"), 9, 8),
                    ("store", .thread, 4, 4),
                ], processorSeconds: 20))
        #expect(found == Bottleneck(kind: .processors, stage: "compress", share: 1))
    }

    @Test func `threads that are ready without a processor are crowded out`() {
        let found = Bottleneck(
            of: report(
                [("compress", .pool("workers"), 19, 5)], processorSeconds: 5, delaySeconds: 14))
        #expect(found == Bottleneck(kind: .crowded, stage: "compress", share: 0.95))
    }

    @Test
    func `a quota limits what uses it up, one of whole processors too`() {
        var half = report(
            [("compress", .pool("workers"), 19, 5)], processorSeconds: 5, delaySeconds: 14)
        half.processorQuota = 0.5
        #expect(Bottleneck(of: half) == Bottleneck(kind: .quota, stage: "compress", share: 1))
        half.processorQuota = 1.5
        #expect(Bottleneck(of: half)?.kind == .crowded)
        var whole = report([("compress", .pool("workers"), 19, 19)], processorSeconds: 19)
        #expect(Bottleneck(of: whole)?.kind == .work)
        whole.processorQuota = 2
        #expect(Bottleneck(of: whole) == Bottleneck(kind: .quota, stage: "compress", share: 0.95))
    }

    @Test func `calls before the flow limit a run that spends most of its time in them`() {
        let found = Bottleneck(
            of: report(
                [("key service", .outside, 30, 0), ("compress", .pool("workers"), 19, 19)],
                processorSeconds: 19))
        #expect(found == Bottleneck(kind: .calls, stage: "key service", share: 0.75))
    }

    @Test func `what takes the largest share is named, with its share of all`() {
        func found(key: Double, prepare: Double, commit: Double) -> Bottleneck? {
            Bottleneck(
                of: report(
                    [
                        ("key service", .outside, key, 0), ("prepare", .outside, prepare, 0),
                        ("pack", .thread, 1, 1), ("commit", .outside, commit, 0),
                    ], seconds: 2, processorSeconds: 1))
        }
        #expect(
            found(key: 3, prepare: 1, commit: 4)
                == Bottleneck(kind: .commit, stage: "commit", share: 0.5))
        #expect(
            found(key: 5, prepare: 1, commit: 2)
                == Bottleneck(kind: .calls, stage: "key service", share: 0.5))
        #expect(found(key: 1, prepare: 0.5, commit: 1)?.kind == .balanced)
    }

    @Test func `where nothing is busy all the time, the flow is balanced`() {
        let found = Bottleneck(
            of: report(
                [
                    ("pack", .thread, 6, 1), ("compress", .pool("workers"), 12, 6),
                    ("store", .thread, 5, 1),
                ], processorSeconds: 8))
        #expect(
            found == Bottleneck(kind: .balanced, stage: "compress", share: 0.6)
                || found == Bottleneck(kind: .balanced, stage: "pack", share: 0.6))
    }

    @Test func `of nothing there is no bottleneck`() {
        #expect(Bottleneck(of: FlowReport()) == nil)
    }
}
