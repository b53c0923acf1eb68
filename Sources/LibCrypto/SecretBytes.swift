private import CLibCrypto

/// Secret bytes: alone on their pages, kept out of swap and core dumps, zeroed when the value dies.
///
/// Not copyable, printable, hashable or comparable with `==`, so a secret cannot leak by accident.
/// Safe to hand to another thread: nobody else can hold the pages, and nothing changes them after
/// `init`.
/// Source: OPENSSL_cleanse(3).
@safe
package struct SecretBytes: ~Copyable, @unchecked Sendable {
    private let pages: UnsafeMutableRawPointer
    package let count: Int
    /// False where the system refused to lock the pages (`RLIMIT_MEMLOCK`).
    package let isLocked: Bool

    /// Fills `count` bytes in place, so that no other copy ever exists.
    package init<E: Error>(
        count: Int, filledBy fill: (inout MutableSpan<UInt8>) throws(E) -> Void
    ) throws(E) {
        let secret = SecretBytes(zeroes: count)
        var span = unsafe MutableSpan(
            _unsafeStart: secret.pages.assumingMemoryBound(to: UInt8.self), count: count)
        try fill(&span)
        self = secret
    }

    /// Fresh random bytes from OpenSSL's generator for secrets.
    package static func random(count: Int) throws(CryptoError) -> SecretBytes {
        try SecretBytes(count: count) { span throws(CryptoError) in
            let status = unsafe span.withUnsafeMutableBufferPointer {
                unsafe RAND_priv_bytes($0.baseAddress, CInt($0.count))
            }
            guard status == 1 else { throw .openSSL("RAND_priv_bytes") }
        }
    }

    private init(zeroes count: Int) {
        precondition(count > 0, "a secret has at least one byte")
        let (pages, isLocked) = unsafe SecretPages.shared.take(count)
        self.isLocked = isLocked
        unsafe self.pages = pages
        self.count = count
    }

    deinit {
        unsafe OPENSSL_cleanse(pages, count)
        unsafe SecretPages.shared.give(pages, count, isLocked: isLocked)
    }

    /// Lends the bytes for the length of one call.
    package borrowing func withBytes<R: ~Copyable, E: Error>(
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let start = unsafe UnsafePointer(pages.assumingMemoryBound(to: UInt8.self))
        return try body(unsafe Span(_unsafeStart: start, count: count))
    }

    /// A second holder of the same secret, on pages of its own.
    package borrowing func duplicate() -> SecretBytes {
        withBytes { bytes in
            SecretBytes(count: bytes.count) { copy in
                for i in bytes.indices { copy[i] = bytes[i] }
            }
        }
    }
}
