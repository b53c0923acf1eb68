private import CLibCrypto

/// AES-256-GCM under one key, for one worker: 12-byte IVs, 16-byte tags, nothing else.
///
/// One message is `begin`, any number of `encrypt` (or `decrypt`), then `finish` (or `verify`); the
/// pieces of its text may lie anywhere. Decrypted text must not be used before `verify` returns.
/// OpenSSL wipes the key schedule with the context. Safe to hand to another thread: the one owner is
/// the only holder of the context, and every use of it is `mutating`, hence exclusive.
/// Source: NIST SP 800-38D; EVP_EncryptInit_ex(3).
@safe
package struct AESGCM: ~Copyable, @unchecked Sendable {
    package static let keyByteCount = 32
    package static let ivByteCount = 12
    package static let tagByteCount = 16

    package enum Direction: CInt, Sendable { case decrypt = 0, encrypt = 1 }

    private let context: OpaquePointer

    package init(_ direction: Direction, key: borrowing SecretBytes) throws(CryptoError) {
        guard key.count == Self.keyByteCount else {
            throw .invalidLength(key.count, of: "an AES-256 key")
        }
        guard let context = unsafe EVP_CIPHER_CTX_new() else {
            throw .openSSL("EVP_CIPHER_CTX_new")
        }
        let status = key.withBytes { key in
            unsafe key.withUnsafeBufferPointer {
                unsafe EVP_CipherInit_ex(
                    context, EVP_aes_256_gcm(), nil, $0.baseAddress, nil, direction.rawValue)
            }
        }
        guard status == 1 else {
            unsafe EVP_CIPHER_CTX_free(context)
            throw .openSSL("EVP_CipherInit_ex")
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Starts one message. An IV is used once with a key, ever.
    package mutating func begin(iv: Span<UInt8>, additionalData: Span<UInt8>) throws(CryptoError) {
        guard iv.count == Self.ivByteCount else { throw .invalidLength(iv.count, of: "a GCM IV") }
        var written: CInt = 0
        let status = unsafe iv.withUnsafeBufferPointer { iv in
            unsafe additionalData.withUnsafeBufferPointer { data in
                unsafe EVP_CipherInit_ex(context, nil, nil, nil, iv.baseAddress, -1) == 1
                    && (data.isEmpty
                        || EVP_CipherUpdate(
                            context, nil, &written, data.baseAddress, CInt(data.count)) == 1)
            }
        }
        guard status else { throw .openSSL("EVP_CipherUpdate") }
    }

    /// Encrypts (or decrypts) the next piece and appends as many bytes to `output`.
    package mutating func update(
        _ piece: Span<UInt8>, appendingTo output: inout OutputSpan<UInt8>
    ) throws(CryptoError) {
        precondition(piece.count <= output.freeCapacity, "the output has room for the piece")
        guard piece.count > 0 else { return }
        var written: CInt = 0
        let status = unsafe piece.withUnsafeBufferPointer { piece in
            unsafe output.withUnsafeMutableBufferPointer { output, count in
                let status = unsafe EVP_CipherUpdate(
                    context, output.baseAddress?.advanced(by: count), &written, piece.baseAddress,
                    CInt(piece.count))
                count += Int(written)
                return status
            }
        }
        guard status == 1, Int(written) == piece.count else { throw .openSSL("EVP_CipherUpdate") }
    }

    /// Ends a message being encrypted and appends its tag.
    package mutating func finish(
        appendingTagTo output: inout OutputSpan<UInt8>
    ) throws(CryptoError) {
        var tag = [UInt8](repeating: 0, count: Self.tagByteCount)
        var written: CInt = 0
        let status =
            unsafe EVP_CipherFinal_ex(context, &tag, &written) == 1
            && EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_GET_TAG, CInt(tag.count), &tag) == 1
        guard status else { throw .openSSL("EVP_CipherFinal_ex") }
        for byte in tag { output.append(byte) }
    }

    /// Ends a message being decrypted: only now may its text be used.
    package mutating func verify(tag: Span<UInt8>) throws(CryptoError) {
        guard tag.count == Self.tagByteCount else {
            throw .invalidLength(tag.count, of: "a GCM tag")
        }
        var rest = [UInt8](repeating: 0, count: Self.tagByteCount)
        var written: CInt = 0
        let status = unsafe tag.withUnsafeBytes { tag in
            unsafe EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_SET_TAG, CInt(tag.count),
                UnsafeMutableRawPointer(mutating: tag.baseAddress)) == 1
                && EVP_CipherFinal_ex(context, &rest, &written) == 1
        }
        guard status else { throw .authenticationFailed }
    }
}
