package import LibCrypto

/// The keys of one message, derived from the data key and the message id: the content key that
/// seals header and frames, and the commitment that ties the header to this data key alone.
///
/// A class, so that the workers on one message can share it.
/// Source: AWS Encryption SDK specification, "algorithm-suites", HKDF with commitment.
package final class MessageKeys: Sendable {
    package static let dataKeyByteCount = 32
    package static let commitmentByteCount = 32

    package let messageID: MessageID
    package let contentKey: SecretBytes
    /// Public: stored in the header.
    package let commitment: [UInt8]

    private init(
        messageID: MessageID, contentKey: consuming SecretBytes, commitment: [UInt8]
    ) {
        self.messageID = messageID
        self.contentKey = contentKey
        self.commitment = commitment
    }

    /// Throws `invalidDataKey` for a data key of any other length than 32 bytes.
    package static func derive(
        from dataKey: borrowing SecretBytes, messageID: MessageID
    ) throws(EnvelopeError) -> MessageKeys {
        guard dataKey.count == dataKeyByteCount else {
            throw .invalidDataKey(byteCount: dataKey.count)
        }
        do throws(CryptoError) {
            let root = try HKDFSHA512.extract(salt: messageID.bytes.span, from: dataKey)
            let contentKey = try HKDFSHA512.expand(
                root, info: contentKeyLabel.span, count: AESGCM.keyByteCount)
            let commitment = try HKDFSHA512.expand(
                root, info: commitmentLabel.span, count: commitmentByteCount)
            return MessageKeys(
                messageID: messageID, contentKey: contentKey,
                commitment: commitment.withBytes { bytes in bytes.indices.map { bytes[$0] } })
        } catch {
            throw .crypto(error)
        }
    }

    /// A cipher under the content key, for one worker.
    func cipher(_ direction: AESGCM.Direction) throws(EnvelopeError) -> AESGCM {
        do throws(CryptoError) {
            return try AESGCM(direction, key: contentKey)
        } catch {
            throw .crypto(error)
        }
    }

    private static let contentKeyLabel = [0x04, 0x78] + Array("DERIVEKEY".utf8)
    private static let commitmentLabel = Array("COMMITKEY".utf8)
}
