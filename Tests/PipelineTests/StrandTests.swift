import Locking
import Synchronization
import Testing

@testable import Pipeline

@Suite(.timeLimit(.minutes(1))) struct StrandTests {
    @Test func `jobs run one at a time and in order, whoever runs them`() throws {
        let flow = Flow()
        let workers = try flow.makeWorkers(4, meter: StageMeter("work")) { 0 }
        let strand = Strand(on: workers)
        let inside = Atomic(0)
        let most = Atomic(0)
        let order = Notes<Int>()
        for number in 0..<500 {
            workers.submit(.starting) { _ in }
            strand.submit {
                most.max(inside.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
                order.add(number)
                inside.subtract(1, ordering: .relaxed)
            }
        }
        strand.submit { workers.finish() }
        try flow.wait()
        #expect(order.all == Array(0..<500))
        #expect(most.load(ordering: .relaxed) == 1)
    }

    @Test func `two strands run side by side`() throws {
        let flow = Flow()
        let workers = try flow.makeWorkers(2, meter: StageMeter("work")) { 0 }
        let barrier = Barrier(of: 2)
        let strands = [Strand(on: workers), Strand(on: workers)]
        for strand in strands { strand.submit { barrier.arrive() } }
        workers.finish()
        try flow.wait()
    }

    @Test func `after an error no job runs any more`() throws {
        let flow = Flow()
        let workers = try flow.makeWorkers(2, meter: StageMeter("work")) { 0 }
        let strand = Strand(on: workers)
        let gate = Monitor(false)
        let later = Atomic(0)
        strand.submit {
            gate.wait { $0 ? () : nil }
            throw Oops(7)
        }
        for _ in 0..<5 { strand.submit { later.add(1, ordering: .relaxed) } }
        gate.update { $0 = true }
        #expect(throws: Oops(7)) { try flow.wait() }
        #expect(later.load(ordering: .relaxed) == 0)
    }
}
