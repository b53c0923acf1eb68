private import Glibc

/// Bytes of unknown length that may hold a secret: wiped when they move and when they die.
///
/// Safe to hand to another thread: the one owner is the only holder of the memory, and whatever
/// changes it is `mutating`, hence exclusive.
/// Source: explicit_bzero(3).
@safe
package struct WipedBytes: ~Copyable, @unchecked Sendable {
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    package private(set) var count = 0

    package init() { unsafe memory = nil }

    deinit { unsafe Self.giveBack(memory, capacity) }

    mutating func append(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        if count + bytes.count > capacity { grow(to: max(count + bytes.count, capacity * 2, 4096)) }
        guard let memory = unsafe memory else { preconditionFailure("there is memory now") }
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe memory.advanced(by: count).copyMemory(from: start, byteCount: bytes.count)
        }
        count += bytes.count
    }

    /// Lends the bytes for the length of one call.
    package borrowing func withBytes<R: ~Copyable, E: Error>(
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        guard let memory = unsafe memory else { return try body(Span()) }
        let start = unsafe UnsafePointer(memory.assumingMemoryBound(to: UInt8.self))
        return try body(unsafe Span(_unsafeStart: start, count: count))
    }

    private mutating func grow(to newCapacity: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
        if let memory = unsafe memory {
            unsafe larger.copyMemory(from: memory, byteCount: count)
        }
        unsafe Self.giveBack(memory, capacity)
        unsafe memory = larger
        capacity = newCapacity
    }

    private static func giveBack(_ memory: UnsafeMutableRawPointer?, _ capacity: Int) {
        guard let memory = unsafe memory else { return }
        unsafe explicit_bzero(memory, capacity)
        unsafe memory.deallocate()
    }
}
