private import CLibCrypto

/// HMAC-SHA-256. OpenSSL wipes its copy of the key with the context.
/// Source: RFC 2104; EVP_MAC-HMAC(7).
package enum HMACSHA256 {
    package static let byteCount = 32

    package static func authenticate(
        _ bytes: Span<UInt8>, key: borrowing SecretBytes
    ) throws(CryptoError) -> [UInt8] {
        try key.withBytes { key throws(CryptoError) in
            var tag = [UInt8](repeating: 0, count: byteCount)
            var written = 0
            let done = unsafe key.withUnsafeBytes { key in
                unsafe bytes.withUnsafeBufferPointer { bytes in
                    unsafe EVP_Q_mac(
                        nil, "HMAC", nil, "SHA256", nil, key.baseAddress, key.count,
                        bytes.baseAddress, bytes.count, &tag, tag.count, &written)
                }
            }
            guard unsafe done != nil, written == byteCount else { throw .openSSL("EVP_Q_mac") }
            return tag
        }
    }
}
