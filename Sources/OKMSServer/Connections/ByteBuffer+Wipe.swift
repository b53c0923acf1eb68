private import Glibc
import NIOCore

extension ByteBuffer {
    /// Overwrites the readable bytes where they are, for all who share them.
    ///
    /// Only for bytes that nobody reads any more: a request that was answered, an answer that was
    /// sent. Whatever the network library or the kernel copied stays.
    /// Source: explicit_bzero(3).
    func wipe() {
        unsafe withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            // Writable: every buffer's storage is allocated memory; `let` is this value's, not its.
            unsafe explicit_bzero(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }
}
