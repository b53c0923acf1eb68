import Locking
import Pipeline
import Testing

@Suite(.timeLimit(.minutes(1))) struct BufferPoolTests {
    @Test func `buffers are empty and of the pool's size`() throws {
        let pool = BufferPool(bufferByteCount: 5000, limit: 2, in: Flow())
        let (first, second) = (try pool.take(), try pool.take())
        #expect(first.capacity == 5000)
        #expect(first.count == 0)
        #expect(first !== second)
    }

    @Test func `the memory of a buffer comes back when its last reference dies`() throws {
        let pool = BufferPool(bufferByteCount: 4096, limit: 1, in: Flow())
        for round in 0..<100 {
            let buffer = try pool.take()
            #expect(buffer.count == 0)
            buffer.append([UInt8](repeating: UInt8(round), count: 4096).span)
        }
    }

    @Test func `whoever takes one too many waits for another to be given back`() throws {
        let flow = Flow()
        let pool = BufferPool(bufferByteCount: 16, limit: 2, in: flow)
        let held = Monitor<[Buffer]>([])
        for _ in 0..<2 {
            let buffer = try pool.take()
            held.update { $0.append(buffer) }
        }
        let taken = Notes<Int>()
        flow.stage("take") {
            let buffer = try pool.take()
            taken.add(buffer.capacity)
        }
        #expect(taken.all.isEmpty)
        held.update { $0.removeAll() }
        try flow.wait()
        #expect(taken.all == [16])
    }

    @Test func `never more buffers live than the pool allows`() throws {
        let flow = Flow()
        let pool = BufferPool(bufferByteCount: 64, limit: 3, in: flow)
        let living = Monitor((now: 0, most: 0))
        let workers = try flow.makeWorkers(6, meter: StageMeter("work")) { 0 }
        for _ in 0..<300 {
            workers.submit(.starting) { _ in
                let buffer = try pool.take()
                living.update { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                buffer.append([1, 2, 3].span)
                living.update { $0.now -= 1 }
            }
        }
        workers.finish()
        try flow.wait()
        #expect(living.read { $0.most } <= 3)
    }

    @Test func `a failed flow wakes those who wait, and gives no more`() throws {
        let flow = Flow()
        let pool = BufferPool(bufferByteCount: 16, limit: 1, in: flow)
        let buffer = try pool.take()
        let stopped = Notes<Bool>()
        flow.stage("take") {
            do { _ = try pool.take() } catch { stopped.add(true) }
        }
        flow.fail(Oops())
        #expect(throws: Oops()) { try flow.wait() }
        #expect(stopped.all == [true])
        #expect(throws: Flow.Stopped.self) { try pool.take() }
        #expect(buffer.capacity == 16)
    }

    @Test func `a buffer outlives the pool it came from`() throws {
        var pool: BufferPool? = BufferPool(bufferByteCount: 16, limit: 1, in: Flow())
        let buffer = try #require(try pool?.take())
        weak let left = pool
        pool = nil
        buffer.append([7].span)
        #expect(buffer.withBytes { $0[0] } == 7)
        // The buffer holds the pool, to which it gives its memory back.
        #expect(left != nil)
    }
}
