package import OKMS

/// The header of a message, format version 2, suite 0x0478; everything in it is public.
///
/// | field | bytes | meaning |
/// |---|---|---|
/// | version | 1 | `02` |
/// | suite | 2 | `04 78` |
/// | message id | 32 | random |
/// | context length *n* | 2 | 0 for an empty context |
/// | context | *n* | count, then length-prefixed keys and values |
/// | wrapped-key count | 2 | ≥ 1 |
/// | wrapped data keys | | see `WrappedKey` |
/// | content type | 1 | `02` framed, `01` one block |
/// | frame length | 4 | ≥ 1; 0 for one block |
/// | commitment | 32 | see `MessageKeys` |
/// | tag | 16 | GCM under the content key, IV of zeros, all of the above as additional data |
///
/// Source: AWS Encryption SDK specification, "message-header".
package struct MessageHeader: Hashable, Sendable {
    package static let formatVersion: UInt8 = 2
    package static let maximumWrappedKeyCount = 8
    package static let maximumFrameByteCount = 64 << 20
    package static let maximumContextByteCount = Int(UInt16.max)
    package static let reservedContextPrefix = Array("aws-crypto-".utf8)

    /// How the body is divided.
    package enum Content: Hashable, Sendable {
        /// Frames of so many bytes of plaintext, 1 … 64 MiB.
        case frames(of: Int)
        /// All plaintext under one tag: a legacy of the format, read and never written.
        case singleBlock
    }

    package let messageID: MessageID
    package let context: EncryptionContext
    package let wrappedKeys: [WrappedKey]
    package let content: Content
    package let commitment: [UInt8]

    /// What a reader has found; checked there.
    init(
        messageID: MessageID, context: EncryptionContext, wrappedKeys: [WrappedKey],
        content: Content, commitment: [UInt8]
    ) {
        self.messageID = messageID
        self.context = context
        self.wrappedKeys = wrappedKeys
        self.content = content
        self.commitment = commitment
    }

    /// The header of a new message with these keys.
    ///
    /// Throws `overLimit` for what this package would not read back, `reservedContextKey`, and
    /// `malformed` for a context that is not UTF-8 or for no wrapped key at all.
    package init(
        keys: MessageKeys, context: EncryptionContext, wrappedKeys: [WrappedKey],
        frameByteCount: Int
    ) throws(EnvelopeError) {
        try Self.check(context)
        try Self.check(wrappedKeys)
        guard frameByteCount > 0 else { throw .malformed(.frameLength, offset: 0) }
        guard frameByteCount <= Self.maximumFrameByteCount else {
            throw .overLimit(
                .frameLength, frameByteCount, limit: Self.maximumFrameByteCount, offset: 0)
        }
        self.init(
            messageID: keys.messageID, context: context, wrappedKeys: wrappedKeys,
            content: .frames(of: frameByteCount), commitment: keys.commitment)
    }

    /// The same header for the same body, its data key wrapped otherwise.
    package func rewrapped(with wrappedKeys: [WrappedKey]) throws(EnvelopeError) -> MessageHeader {
        try Self.check(wrappedKeys)
        return MessageHeader(
            messageID: messageID, context: context, wrappedKeys: wrappedKeys, content: content,
            commitment: commitment)
    }

    /// The header as it is stored, tag included.
    package func serialized(with keys: MessageKeys) throws(EnvelopeError) -> [UInt8] {
        precondition(
            keys.messageID == messageID && keys.commitment == commitment,
            "a header is sealed with the keys it was made for")
        let body = serializedBody
        return body + (try HeaderTag.compute(keys, body: body))
    }

    private var serializedBody: [UInt8] {
        var body = [Self.formatVersion]
        append(Int(MessageSuite.committing.id), byteCount: 2, to: &body)
        body += messageID.bytes
        let contextBytes = context.isEmpty ? [] : context.canonicalBytes
        append(contextBytes.count, byteCount: 2, to: &body)
        body += contextBytes
        append(wrappedKeys.count, byteCount: 2, to: &body)
        for key in wrappedKeys { key.append(to: &body) }
        switch content {
        case .frames(let byteCount):
            body.append(2)
            append(byteCount, byteCount: 4, to: &body)
        case .singleBlock:
            body.append(1)
            append(0, byteCount: 4, to: &body)
        }
        return body + commitment
    }

    private static func check(_ context: EncryptionContext) throws(EnvelopeError) {
        var byteCount = 2
        for pair in context.pairs {
            guard !pair.key.starts(with: reservedContextPrefix) else {
                throw .reservedContextKey(pair.key)
            }
            guard String(validating: pair.key, as: UTF8.self) != nil,
                String(validating: pair.value, as: UTF8.self) != nil
            else { throw .malformed(.encryptionContext, offset: 0) }
            byteCount += 4 + pair.key.count + pair.value.count
        }
        guard byteCount <= maximumContextByteCount else {
            throw .overLimit(
                .encryptionContext, byteCount, limit: maximumContextByteCount, offset: 0)
        }
    }

    private static func check(_ wrappedKeys: [WrappedKey]) throws(EnvelopeError) {
        guard !wrappedKeys.isEmpty else { throw .malformed(.wrappedKeys, offset: 0) }
        guard wrappedKeys.count <= maximumWrappedKeyCount else {
            throw .overLimit(
                .wrappedKeys, wrappedKeys.count, limit: maximumWrappedKeyCount, offset: 0)
        }
    }
}
