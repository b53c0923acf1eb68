private import CLibCrypto

/// A running SHA-256. One thread at a time.
/// Source: FIPS 180-4; EVP_DigestInit_ex(3).
@safe
package struct SHA256: ~Copyable {
    package static let byteCount = 32
    private let context: OpaquePointer

    package init() {
        guard let context = unsafe EVP_MD_CTX_new(),
            unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        else { preconditionFailure("OpenSSL offers no SHA-256") }
        unsafe self.context = context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: Span<UInt8>) {
        let status = unsafe bytes.withUnsafeBytes {
            unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count)
        }
        precondition(status == 1, "EVP_DigestUpdate cannot fail on a live context")
    }

    /// The digest of everything so far; the running one starts anew.
    package mutating func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        let done = unsafe EVP_DigestFinal_ex(context, &digest, nil) == 1
        let again = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        precondition(done && again, "EVP_DigestFinal_ex cannot fail on a live context")
        return digest
    }

    package static func digest(_ bytes: Span<UInt8>) -> [UInt8] {
        var running = SHA256()
        running.update(bytes)
        return running.finish()
    }
}
