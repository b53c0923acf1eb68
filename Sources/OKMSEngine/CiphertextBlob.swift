import OKMS

/// What Encrypt and GenerateDataKey hand out and Decrypt takes back.
///
/// | field | bytes | meaning |
/// |---|---|---|
/// | magic, format | 4 | `4F 4B 4D 01` |
/// | key id | 16 | the UUID |
/// | material version | 4 | big-endian, from 1 |
/// | IV length | 1 | 12 or 16 |
/// | IV | 12 or 16 | the one actually used |
/// | ciphertext | 1 … 4096 | as long as the plaintext |
/// | tag | 16 | |
///
/// Source: docs/formats/ciphertext-blob.md.
struct CiphertextBlob: Hashable {
    /// The fields before the IV, which are authenticated as additional data.
    struct Header: Hashable {
        static let byteCount = 4 + KeyID.byteCount + 4 + 1

        let key: KeyID
        let version: UInt32
        let ivByteCount: Int

        var bytes: [UInt8] {
            CiphertextBlob.magic + key.bytes + version.bigEndianBytes + [UInt8(ivByteCount)]
        }

        /// The label, the header, the account and the context. The IV is not in it, because some
        /// modules choose it during the call; GCM binds it anyway.
        func additionalData(account: AccountID, context: EncryptionContext) -> [UInt8] {
            Array("okms ciphertext v1".utf8) + bytes + Array(account.description.utf8)
                + context.canonicalBytes
        }
    }

    enum Invalid: Error, Hashable {
        case malformed
        /// An AWS Encryption SDK message, which must be opened by the SDK or by us as a message.
        case encryptionSDKMessage
    }

    static let magic: [UInt8] = [0x4f, 0x4b, 0x4d, 0x01]
    static let ivByteCounts: Set<Int> = [12, 16]
    static let tagByteCount = 16
    static let plaintextByteCounts = 1...4096

    let header: Header
    let sealed: SealedBytes

    init(header: Header, sealed: SealedBytes) {
        self.header = header
        self.sealed = sealed
    }

    init(_ bytes: [UInt8]) throws(Invalid) {
        guard bytes.starts(with: Self.magic), bytes.count > Header.byteCount else {
            let prefixes: [[UInt8]] = [[0x01, 0x80], [0x02, 0x04, 0x78], [0x02, 0x05, 0x78]]
            throw prefixes.contains { bytes.starts(with: $0) } ? .encryptionSDKMessage : .malformed
        }
        guard let key = KeyID(bytes: Array(bytes[4..<20])) else { throw .malformed }
        let version = UInt32(bigEndianBytes: bytes[20..<24])
        let ivByteCount = Int(bytes[24])
        let body = bytes[Header.byteCount...]
        guard version > 0, Self.ivByteCounts.contains(ivByteCount),
            Self.plaintextByteCounts ~= body.count - ivByteCount - Self.tagByteCount
        else { throw .malformed }
        header = Header(key: key, version: version, ivByteCount: ivByteCount)
        sealed = SealedBytes(
            iv: Array(body.prefix(ivByteCount)),
            ciphertext: Array(body.dropFirst(ivByteCount).dropLast(Self.tagByteCount)),
            tag: Array(body.suffix(Self.tagByteCount)))
    }

    var bytes: [UInt8] { header.bytes + sealed.iv + sealed.ciphertext + sealed.tag }
}
