import CPKCS11
import LibCrypto

/// AES-256-GCM with a key of the token, in single calls: some modules do no other.
///
/// Modules accept IVs of any length and even tags of none. Here the IV has the length of its mode,
/// the tag 128 bits, and the output must be as long as that makes it.
/// Source: PKCS#11 2.40 mechanisms §2.12.4; NIST SP 800-38D.
extension PKCS11Session {
    static let tagByteCount = 16
    static let ivByteCounts: Set<Int> = [12, 16]
    /// The longest IV that a module may write, or append.
    private static let spareByteCount = 16

    func encrypt(
        _ plaintext: borrowing SecretBytes, with key: CK_OBJECT_HANDLE,
        mode: PKCS11Configuration.IVMode, additionalData: Span<UInt8>
    ) throws(PKCS11Error) -> SealedBytes {
        let given = try Self.givenIV(mode)
        var iv = given.bytes
        let sealedByteCount = plaintext.count + Self.tagByteCount
        var output = [UInt8](repeating: 0, count: sealedByteCount + Self.spareByteCount)
        var count = CK_ULONG(output.count)
        let answer = plaintext.withBytes { plaintext in
            unsafe plaintext.withUnsafeBufferPointer { plaintext in
                unsafe additionalData.withUnsafeBufferPointer { data in
                    unsafe okms_p11_gcm_encrypt(
                        module.functions, handle, key, &iv, given.count, given.bits,
                        data.baseAddress, CK_ULONG(data.count), plaintext.baseAddress,
                        CK_ULONG(plaintext.count), &output, &count)
                }
            }
        }
        try PKCS11Error.check("C_EncryptInit", answer.`init`)
        try PKCS11Error.check("C_Encrypt", answer.final)
        let appended = Int(clamping: count) - sealedByteCount
        let used: [UInt8]
        switch mode {
        case .caller:
            guard appended == 0, iv == given.bytes else { throw wrongIV(mode) }
            used = Array(iv.prefix(mode.ivByteCount))
        case .writeBack:
            guard appended == 0, iv.dropFirst(mode.ivByteCount).allSatisfy({ $0 == 0 }) else {
                throw wrongIV(mode)
            }
            used = Array(iv.prefix(mode.ivByteCount))
        case .appended(let ivByteCount):
            guard appended == ivByteCount else { throw wrongIV(mode) }
            used = Array(output[sealedByteCount..<sealedByteCount + ivByteCount])
        }
        // What was never written is the same every time: the end of GCM.
        guard used.contains(where: { $0 != 0 }) else { throw wrongIV(mode) }
        return SealedBytes(
            iv: used, ciphertext: Array(output[..<plaintext.count]),
            tag: Array(output[plaintext.count..<sealedByteCount]))
    }

    /// The IV's buffer, always with room for the longest; and how a module of the mode wants it
    /// described. One that writes back insists on zeroes.
    private static func givenIV(
        _ mode: PKCS11Configuration.IVMode
    ) throws(PKCS11Error) -> (bytes: [UInt8], count: CK_ULONG, bits: CK_ULONG) {
        let empty = [UInt8](repeating: 0, count: spareByteCount)
        switch mode {
        case .caller:
            do throws(CryptoError) {
                let iv = try randomBytes(count: mode.ivByteCount)
                return (iv + empty.dropFirst(iv.count), CK_ULONG(iv.count), 96)
            } catch {
                throw .misbehaved("\(error)")
            }
        case .writeBack: return (empty, 12, 96)
        // Luna's way to ask for an IV of 96 bits is a length of 0.
        case .appended(ivByteCount: 12): return (empty, 0, 96)
        case .appended: return (empty, 16, 128)
        }
    }

    private func wrongIV(_ mode: PKCS11Configuration.IVMode) -> PKCS11Error {
        .misbehaved("the token does not treat IVs as IV mode \(mode) says")
    }

    /// Throws what the token answered; whether that means a wrong tag, the caller must find out.
    func decrypt(
        _ sealed: SealedBytes, with key: CK_OBJECT_HANDLE, additionalData: Span<UInt8>
    ) throws(PKCS11Error) -> SecretBytes {
        guard Self.ivByteCounts.contains(sealed.iv.count), sealed.tag.count == Self.tagByteCount,
            !sealed.ciphertext.isEmpty
        else { throw .cannotDecrypt }
        let input = sealed.ciphertext + sealed.tag
        // Some modules want room for what they were given, not for what they give.
        var count = CK_ULONG(input.count)
        let text = try SecretBytes(count: input.count) { text throws(PKCS11Error) in
            let answer = unsafe text.withUnsafeMutableBufferPointer { text in
                unsafe additionalData.withUnsafeBufferPointer { data in
                    unsafe okms_p11_gcm_decrypt(
                        module.functions, handle, key, sealed.iv, CK_ULONG(sealed.iv.count),
                        data.baseAddress, CK_ULONG(data.count), input, CK_ULONG(input.count),
                        text.baseAddress, &count)
                }
            }
            try PKCS11Error.check("C_DecryptInit", answer.`init`)
            try PKCS11Error.check("C_Decrypt", answer.final)
        }
        guard count == CK_ULONG(sealed.ciphertext.count) else {
            throw .misbehaved("the token decrypts to another length than AES-GCM gives")
        }
        return SecretBytes(count: sealed.ciphertext.count) { plaintext in
            text.withBytes { text in
                for i in plaintext.indices { plaintext[i] = text[i] }
            }
        }
    }

    /// Whether the token lets a key work with bare AES, which would give away GCM's hash key. The
    /// session must be closed afterwards.
    func allowsBareAES(with key: CK_OBJECT_HANDLE) -> Bool {
        var mechanism = unsafe CK_MECHANISM(
            mechanism: CK_ULONG(CKM_AES_ECB), pParameter: nil, ulParameterLen: 0)
        return unsafe module.functions.pointee.C_EncryptInit?(handle, &mechanism, key) == CKR_OK
    }
}
