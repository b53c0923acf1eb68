import Locking
import Synchronization
import Testing

@testable import Pipeline

@Suite(.timeLimit(.minutes(1))) struct WorkerPoolTests {
    @Test func `every job runs once, and each worker counts its own`() throws {
        final class Tally {
            var jobs = 0
        }
        let flow = Flow()
        let total = Atomic(0)
        let done = Notes<Int>()
        let workers = try flow.makeWorkers(3, meter: StageMeter("work")) { Tally() }
        for number in 0..<300 {
            workers.submit(number.isMultiple(of: 2) ? .starting : .finishing) { tally in
                tally.jobs += 1
                total.add(1, ordering: .relaxed)
                done.add(number)
            }
        }
        workers.finish()
        try flow.wait()
        #expect(total.load(ordering: .relaxed) == 300)
        #expect(done.all.sorted() == Array(0..<300))
    }

    /// More than this machine may have cores: a worker that waits must not keep another from running.
    @Test func `as many jobs run side by side as there are workers`() throws {
        let flow = Flow()
        let barrier = Barrier(of: 12)
        let workers = try flow.makeWorkers(12, meter: StageMeter("work")) { 0 }
        let start = monotonicNanoseconds()
        for _ in 0..<12 { workers.submit(.starting) { _ in barrier.arrive() } }
        workers.finish()
        try flow.wait()
        #expect(monotonicNanoseconds() - start < 900_000_000)
    }

    @Test func `jobs that free memory go before jobs that take it`() throws {
        let flow = Flow()
        let gate = Monitor(false)
        let order = Notes<Int>()
        let workers = try flow.makeWorkers(1, meter: StageMeter("work")) { 0 }
        workers.submit(.starting) { _ in
            order.add(0)
            gate.wait { $0 ? () : nil }
        }
        order.waitFor(count: 1)
        for number in 1...3 { workers.submit(.starting) { _ in order.add(number) } }
        for number in 11...13 { workers.submit(.finishing) { _ in order.add(number) } }
        workers.finish()
        gate.update { $0 = true }
        try flow.wait()
        #expect(order.all == [0, 11, 12, 13, 1, 2, 3])
    }

    @Test func `an error in a job fails the flow`() throws {
        let flow = Flow()
        let workers = try flow.makeWorkers(2, meter: StageMeter("work")) { 0 }
        workers.submit(.starting) { _ in throw Oops(3) }
        #expect(throws: Oops(3)) { try flow.wait() }
    }

    @Test func `a worker that cannot be made fails the flow`() throws {
        let flow = Flow()
        let workers = try flow.makeWorkers(2, meter: StageMeter("work")) { () throws -> Int in
            throw Oops(4)
        }
        workers.submit(.starting) { _ in }
        #expect(throws: Oops(4)) { try flow.wait() }
    }

    @Test func `jobs that wait are dropped when the flow fails, and so is what comes later`() throws
    {
        final class Thing: Sendable {}
        let flow = Flow()
        let gate = Monitor(false)
        let begun = Notes<Int>()
        let workers = try flow.makeWorkers(1, meter: StageMeter("work")) { 0 }
        workers.submit(.starting) { _ in
            begun.add(0)
            gate.wait { $0 ? () : nil }
        }
        begun.waitFor(count: 1)
        weak var waiting: Thing?
        weak var later: Thing?
        do {
            let thing = Thing()
            waiting = thing
            workers.submit(.starting) { _ in withExtendedLifetime(thing) { begun.add(1) } }
        }
        #expect(waiting != nil)
        flow.fail(Oops())
        #expect(waiting == nil)
        do {
            let thing = Thing()
            later = thing
            workers.submit(.finishing) { _ in withExtendedLifetime(thing) { begun.add(2) } }
        }
        #expect(later == nil)
        gate.update { $0 = true }
        #expect(throws: Oops()) { try flow.wait() }
        #expect(begun.all == [0])
    }

    @Test func `workers of a flow that has failed already return at once`() throws {
        let flow = Flow()
        flow.fail(Oops(5))
        let workers = try flow.makeWorkers(2, meter: StageMeter("work")) { 0 }
        workers.submit(.starting) { _ in }
        #expect(throws: Oops(5)) { try flow.wait() }
    }

    @Test func `the time of jobs is measured`() throws {
        let flow = Flow()
        let meter = StageMeter("work")
        let workers = try flow.makeWorkers(1, meter: meter) { 0 }
        workers.submit(.starting) { _ in
            let start = monotonicNanoseconds()
            while monotonicNanoseconds() - start < 2_000_000 {}
        }
        workers.finish()
        try flow.wait()
        #expect(meter.reading.busySeconds >= 0.002)
    }

    @Test func `submitting after the end is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let workers = try Flow().makeWorkers(1, meter: StageMeter("work")) { 0 }
            workers.finish()
            workers.submit(.starting) { _ in }
        }
    }

    @Test func `a pool without workers is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            _ = try Flow().makeWorkers(0, meter: StageMeter("work")) { 0 }
        }
    }
}

@Suite struct JobQueueTests {
    @Test func `the first in is the first out`() {
        var queue = JobQueue<Int>()
        #expect(queue.popFirst() == nil)
        var expected = 0
        for round in 0..<100 {
            for number in 0..<3 { queue.append(round * 3 + number) }
            for _ in 0..<(round.isMultiple(of: 2) ? 2 : 4) {
                #expect(queue.popFirst() == expected)
                expected += 1
            }
        }
        #expect(expected == 300)
        #expect(queue.popFirst() == nil)
    }

    @Test func `a queue that never runs empty stays small`() {
        var queue = JobQueue<Int>()
        queue.append(0)
        for number in 1..<100_000 {
            queue.append(number)
            #expect(queue.popFirst() == number - 1)
        }
        #expect(queue.slotCount < 100)
    }
}
