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
    /// A tag that is itself a key, made in place.
    package static func deriveKey(
        _ bytes: Span<UInt8>, from key: borrowing SecretBytes
    ) throws(CryptoError) -> SecretBytes {
        try key.withBytes { key throws(CryptoError) in
            try SecretBytes(count: byteCount) { tag throws(CryptoError) in
                var written = 0
                let done = unsafe key.withUnsafeBytes { key in
                    unsafe bytes.withUnsafeBufferPointer { bytes in
                        unsafe tag.withUnsafeMutableBufferPointer { tag in
                            unsafe EVP_Q_mac(
                                nil, "HMAC", nil, "SHA256", nil, key.baseAddress, key.count,
                                bytes.baseAddress, bytes.count, tag.baseAddress, tag.count,
                                &written) != nil
                        }
                    }
                }
                guard done, written == byteCount else { throw .openSSL("EVP_Q_mac") }
            }
        }
    }
}
