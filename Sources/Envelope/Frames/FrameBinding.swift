/// What binds a frame to its place: its IV and its additional data, both functions of the sequence
/// number. Kept as buffers that are overwritten from frame to frame.
///
/// | additional data | bytes |
/// |---|---|
/// | message id | 32 |
/// | kind, as text | 28, 34 or 36 |
/// | sequence number | 4 |
/// | length of the plaintext | 8 |
///
/// Source: AWS Encryption SDK specification, "message-body-aad".
struct FrameBinding: Sendable {
    private static let numbersByteCount = 4 + 8

    private(set) var iv = [UInt8](repeating: 0, count: 12)
    private(set) var additionalData: [UInt8]
    private let regularLabel: [UInt8]
    private let finalLabel: [UInt8]

    init(messageID: MessageID) {
        regularLabel = Self.label(messageID, "AWSKMSEncryptionClient Frame")
        finalLabel = Self.label(messageID, "AWSKMSEncryptionClient Final Frame")
        additionalData = []
        additionalData.reserveCapacity(finalLabel.count + Self.numbersByteCount)
    }

    mutating func bind(sequence: UInt32, isFinal: Bool, plaintextByteCount: Int) {
        precondition(sequence > 0, "frames are numbered from 1; IV 0 belongs to the header")
        store(Int(sequence), byteCount: 12, at: 0, in: &iv)
        additionalData.removeAll(keepingCapacity: true)
        additionalData += isFinal ? finalLabel : regularLabel
        append(Int(sequence), byteCount: 4, to: &additionalData)
        append(plaintextByteCount, byteCount: 8, to: &additionalData)
    }

    /// The additional data of a message that is one block.
    static func singleBlock(messageID: MessageID, plaintextByteCount: Int) -> [UInt8] {
        var data = label(messageID, "AWSKMSEncryptionClient Single Block")
        append(1, byteCount: 4, to: &data)
        append(plaintextByteCount, byteCount: 8, to: &data)
        return data
    }

    private static func label(_ messageID: MessageID, _ kind: String) -> [UInt8] {
        messageID.bytes + Array(kind.utf8)
    }
}
