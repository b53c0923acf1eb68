private import Glibc
private import Locking

/// A fixed piece of memory that goes from stage to stage.
///
/// The memory comes straight from the system, never zeroed by us, and goes back to its pool when the
/// last reference dies.
@safe
package final class Buffer: @unchecked Sendable {
    // Sendable: a buffer has one owner at a time. It changes hands only through a `Channel`, a
    // `Promise` or a job, whose locks order the accesses; readers that share it do not write.
    private let memory: UnsafeMutableRawPointer
    package let capacity: Int
    /// How many bytes, from the first on, hold something.
    package var count = 0 {
        didSet { precondition(0...capacity ~= count, "a buffer holds what it has room for") }
    }
    private let pool: BufferPool?

    /// Memory of its own, outside any pool.
    package convenience init(capacity: Int) throws(Shortage) {
        guard let memory = Memory(count: capacity) else { throw .memory(byteCount: capacity) }
        self.init(memory, pool: nil)
    }

    fileprivate init(_ memory: consuming Memory, pool: BufferPool?) {
        unsafe self.memory = memory.start
        capacity = memory.count
        self.pool = pool
    }

    deinit {
        let memory = unsafe Memory(start: memory, count: capacity)
        if let pool { pool.giveBack(memory) } else { memory.unmap() }
    }

    /// The bytes that hold something, or a range of them.
    package func withBytes<R: ~Copyable, E: Error>(
        _ range: Range<Int>? = nil, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let range = range ?? 0..<count
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range is filled")
        let start = unsafe UnsafePointer(memory.assumingMemoryBound(to: UInt8.self))
        return try body(
            unsafe Span(_unsafeStart: start.advanced(by: range.lowerBound), count: range.count))
    }

    /// A range of the capacity to write into; `count` stays as it is.
    package func withMutableBytes<R: ~Copyable, E: Error>(
        _ range: Range<Int>, _ body: (inout MutableSpan<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        precondition(range.lowerBound >= 0 && range.upperBound <= capacity, "the range has room")
        let start = unsafe memory.assumingMemoryBound(to: UInt8.self)
        var span = unsafe MutableSpan(
            _unsafeStart: start.advanced(by: range.lowerBound), count: range.count)
        return try body(&span)
    }

    /// Appends behind what is there; `count` grows by what `body` appended.
    package func append<R: ~Copyable, E: Error>(
        _ body: (inout OutputSpan<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let start = unsafe memory.assumingMemoryBound(to: UInt8.self)
        var output = unsafe OutputSpan(
            buffer: UnsafeMutableBufferPointer(
                start: start.advanced(by: count), count: capacity - count), initializedCount: 0)
        let result = try body(&output)
        count += output.count
        return result
    }

    package func append(_ bytes: Span<UInt8>) {
        precondition(bytes.count <= capacity - count, "the bytes fit")
        unsafe bytes.withUnsafeBytes { bytes in
            guard let source = bytes.baseAddress else { return }
            unsafe (memory + count).copyMemory(from: source, byteCount: bytes.count)
        }
        count += bytes.count
    }
}

/// Memory between two lives as a buffer.
@safe
private struct Memory: ~Copyable, @unchecked Sendable {
    // Sendable: nobody else holds the address.
    let start: UnsafeMutableRawPointer
    let count: Int

    init(start: UnsafeMutableRawPointer, count: Int) {
        unsafe self.start = start
        self.count = count
    }

    /// Nil where the system has none.
    init?(count: Int) {
        precondition(count > 0, "a buffer has room for at least one byte")
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        let memory = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { return nil }
        // Fewer page faults and TLB misses; only a wish, so the answer does not matter.
        _ = unsafe madvise(memory, count, MADV_HUGEPAGE)
        unsafe self.init(start: memory, count: count)
    }

    consuming func unmap() { unsafe munmap(start, count) }
}

/// A bounded number of equal buffers. Waiting for one is what holds a fast stage back.
package final class BufferPool: Sendable {
    private struct State {
        var free: [UInt] = []
        var made = 0
        var isClosed = false
    }

    package let bufferByteCount: Int
    package let limit: Int
    private let taker: StageMeter?
    private let flow: Flow
    private let state = Monitor(State())

    /// `taker`: the stage whose wait for room the wait for a buffer is.
    package init(bufferByteCount: Int, limit: Int, in flow: Flow, for taker: StageMeter? = nil) {
        self.bufferByteCount = bufferByteCount
        self.limit = limit
        self.taker = taker
        self.flow = flow
        flow.onFailure { [weak self] in self?.state.update { $0.isClosed = true } }
    }

    deinit {
        state.update { state in
            for address in state.free { remember(address).unmap() }
        }
    }

    /// An empty buffer; waits while all are in use, throws `Stopped` once the flow has failed. Fails it
    /// where there is no memory.
    package func take() throws(Flow.Stopped) -> Buffer {
        let address = try state.wait(taker?.outputWait) {
            (state, waking) throws(Flow.Stopped) -> UInt?? in
            waking = .none
            if state.isClosed { throw Flow.Stopped() }
            if let address = state.free.popLast() { return .some(address) }
            guard state.made < limit else { return nil }
            state.made += 1
            return .some(nil)
        }
        if let address { return Buffer(remember(address), pool: self) }
        guard let memory = Memory(count: bufferByteCount) else {
            flow.fail(Shortage.memory(byteCount: bufferByteCount))
            throw Flow.Stopped()
        }
        return Buffer(memory, pool: self)
    }

    fileprivate func giveBack(_ memory: consuming Memory) {
        let address = unsafe UInt(bitPattern: memory.start)
        state.update { state, waking in
            waking = .one
            state.free.append(address)
        }
    }

    private func remember(_ address: UInt) -> Memory {
        guard let start = unsafe UnsafeMutableRawPointer(bitPattern: address) else {
            preconditionFailure("a buffer has an address")
        }
        return unsafe Memory(start: start, count: bufferByteCount)
    }
}
