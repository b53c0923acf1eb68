@testable import Pipeline
import Locking
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct FlowTests {
    @Test func `a flow waits for every stage, also for those that stages start`() throws {
        let flow = Flow()
        let done = Notes<String>()
        flow.stage("outer") {
            flow.stage("inner") { done.add("inner") }
            done.add("outer")
        }
        try flow.wait()
        #expect(done.all.sorted() == ["inner", "outer"])
        #expect(flow.failure == nil)
    }

    @Test func `a flow without stages is done at once`() throws {
        try Flow().wait()
    }

    @Test func `the first error wins`() {
        let flow = Flow()
        let gate = Monitor(false)
        flow.stage("second") {
            gate.wait { $0 ? () : nil }
            throw Oops(2)
        }
        flow.stage("first") {
            defer { gate.update { $0 = true } }
            flow.fail(Oops(1))
        }
        #expect(throws: Oops(1)) { try flow.wait() }
        #expect(flow.failure as? Oops == Oops(1))
    }

    @Test func `Stopped never masks the error that stopped the others`() {
        for _ in 0..<50 {
            let flow = Flow()
            let channel: Channel<Int> = flow.makeChannel("numbers", capacity: 1)
            let pool = BufferPool(bufferByteCount: 16, limit: 1, in: flow)
            flow.stage("take") {
                let buffer = try pool.take()
                defer { buffer.count = 0 }
                _ = try pool.take()
            }
            flow.stage("receive") { while try channel.receive() != nil {} }
            flow.stage("send") { while true { try channel.send(1) } }
            flow.stage("fail") { throw Oops(9) }
            #expect(throws: Oops(9)) { try flow.wait() }
        }
    }

    @Test func `a flow does not fail by Stopped alone`() throws {
        let flow = Flow()
        flow.fail(Flow.Stopped())
        try flow.check()
        try flow.wait()
    }

    @Test func `cancelling from outside stops every stage`() throws {
        let flow = Flow()
        let channel: Channel<Int> = flow.makeChannel("numbers", capacity: 1)
        let ordered: OrderedChannel<Int> = flow.makeOrderedChannel("results", capacity: 1)
        let workers = try flow.makeWorkers(2, meter: StageMeter("work")) { 0 }
        let running = Atomic(0)
        let stages: [@Sendable () throws -> Void] = [
            { while true { try channel.send(1) } },
            { while try ordered.receive() != nil {} },
            { while true { _ = try ordered.reserve() } },
            { while true { try flow.check() } },
        ]
        let barrier = Barrier(of: stages.count + 1)
        for stage in stages {
            flow.stage("endless") {
                running.add(1, ordering: .relaxed)
                defer { running.subtract(1, ordering: .relaxed) }
                barrier.arrive()
                try stage()
            }
        }
        workers.submit(.starting) { _ in }
        barrier.arrive()
        flow.fail(Oops(6))
        #expect(throws: Oops(6)) { try flow.wait() }
        #expect(running.load(ordering: .relaxed) == 0)
    }

    @Test func `check throws Stopped, not the cause`() {
        let flow = Flow()
        flow.fail(Oops())
        #expect(throws: Flow.Stopped.self) { try flow.check() }
    }

    @Test func `what is made in a failed flow is closed`() {
        let flow = Flow()
        flow.fail(Oops())
        let channel: Channel<Int> = flow.makeChannel("numbers", capacity: 1)
        let ordered: OrderedChannel<Int> = flow.makeOrderedChannel("results", capacity: 1)
        let pool = BufferPool(bufferByteCount: 16, limit: 1, in: flow)
        #expect(throws: Flow.Stopped.self) { try channel.send(1) }
        #expect(throws: Flow.Stopped.self) { try ordered.reserve() }
        #expect(throws: Flow.Stopped.self) { try pool.take() }
    }

    @Test func `those who asked are told of the failure once`() {
        let flow = Flow()
        let told = Notes<Int>()
        flow.onFailure { told.add(1) }
        flow.fail(Oops(1))
        flow.fail(Oops(2))
        #expect(told.all == [1])
        flow.onFailure { told.add(2) }
        #expect(told.all == [1, 2])
    }

    @Test func `a flow keeps the readings of its meters, in the order of their making`() throws {
        let flow = Flow()
        let meters = ["walk", "pack", "store"].map { flow.makeMeter($0) }
        flow.stage(meters[1]) { meters[1].count(items: 2, bytesIn: 30, bytesOut: 4) }
        try flow.wait()
        let readings = flow.report(processors: 1).stages
        #expect(readings == meters.map(\.reading))
        #expect(readings.map(\.name) == ["walk", "pack", "store"])
        #expect(readings[1].items == 2)
    }

    @Test func `a flow dies with its last reference`() throws {
        weak var left: Flow?
        do {
            let flow = Flow()
            left = flow
            let channel: Channel<Int> = flow.makeChannel("numbers", capacity: 1)
            let workers = try flow.makeWorkers(1, meter: StageMeter("work")) { 0 }
            let pool = BufferPool(bufferByteCount: 16, limit: 1, in: flow)
            workers.submit(.starting) { _ in try channel.send(try pool.take().capacity) }
            workers.finish()
            #expect(throws: Never.self) { try flow.wait() }
        }
        #expect(left == nil)
    }
}
