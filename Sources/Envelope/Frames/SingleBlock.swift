import LibCrypto

/// A single block is the legacy body without frames: read, because official writers have made such
/// messages, never written. Bounded like a frame, since nothing may be released before its tag.
///
/// | field | bytes |
/// |---|---|
/// | IV | 12 |
/// | content length *n* | 8 |
/// | ciphertext | *n* |
/// | tag | 16 |
///
/// Source: AWS Encryption SDK specification, "message-body", non-framed data.
enum SingleBlock {
    static let prefixByteCount = 12 + 8
    static let overhead = prefixByteCount + 16

    /// The bytes of the whole body, from its first `prefixByteCount` bytes, which lie at `offset`
    /// in the message.
    static func byteCount(prefix: Span<UInt8>, offset: Int) throws(EnvelopeError) -> Int {
        let limit = MessageHeader.maximumFrameByteCount
        let high = number(at: 12, byteCount: 4, in: prefix)
        let count = number(at: 16, byteCount: 4, in: prefix)
        guard high == 0, count <= limit else {
            // A number beyond 63 bits is told as the largest there is.
            let told = high > Int(Int32.max) ? Int.max : high << 32 | count
            throw .overLimit(.contentLength, told, limit: limit, offset: offset + 12)
        }
        return count + overhead
    }

    /// Opens a body of exactly that size. The IV is the stored one: being the writer's choice, it
    /// is authenticated by its use.
    static func open(
        _ body: Span<UInt8>, _ message: VerifiedMessage, appendingTo output: inout OutputSpan<UInt8>
    ) throws(EnvelopeError) {
        let content = prefixByteCount..<body.count - 16
        let additionalData = FrameBinding.singleBlock(
            messageID: message.header.messageID, plaintextByteCount: content.count)
        var gcm = try message.keys.cipher(.decrypt)
        let start = output.count
        do throws(CryptoError) {
            try gcm.begin(iv: body.extracting(0..<12), additionalData: additionalData.span)
            try gcm.update(body.extracting(content), appendingTo: &output)
            try gcm.verify(tag: body.extracting(content.upperBound..<body.count))
        } catch {
            wipe(&output, from: start)
            throw EnvelopeError(error, in: .frame(1))
        }
    }
}
