import OKMS

/// An unverified header is what a reader has found at the start of a message: well-formed, within
/// bounds, and not to be believed or shown before `verified` has returned.
package struct UnverifiedHeader: Sendable {
    /// Needed to unwrap the data key, which decides whether any of it is true.
    package let claims: MessageHeader
    /// The header as stored, without its tag: official writers do not all sort the context.
    let body: [UInt8]
    let tag: [UInt8]

    /// The bytes of the header, tag included: where the body of the message begins.
    package var byteCount: Int { body.count + tag.count }

    /// Parses the header at the start of `message`, which may go on.
    ///
    /// Lengths are held against their limits before anything is copied. Throws `truncated` when
    /// more bytes are needed: `needed` is the least number of them that a second attempt makes
    /// sense with.
    package init(parsing message: Span<UInt8>) throws(EnvelopeError) {
        var cursor = HeaderCursor()
        try cursor.takeVersionAndSuite(from: message)
        let id = try cursor.take(MessageID.byteCount, from: message)
        guard let messageID = MessageID(id) else { preconditionFailure("an id of 32 bytes") }
        let context = try cursor.takeContext(from: message)
        let wrappedKeys = try cursor.takeWrappedKeys(from: message)
        let content = try cursor.takeContent(from: message)
        let commitment = try cursor.take(MessageKeys.commitmentByteCount, from: message)
        let bodyEnd = cursor.offset
        tag = try cursor.take(16, from: message)
        body = [UInt8](message.extracting(0..<bodyEnd))
        claims = MessageHeader(
            messageID: messageID, context: context, wrappedKeys: wrappedKeys, content: content,
            commitment: commitment)
    }
}

/// A place in a header being parsed; the bytes stay with the caller.
private struct HeaderCursor {
    var offset = 0

    private func require(_ count: Int, of message: Span<UInt8>) throws(EnvelopeError) {
        guard count <= message.count - offset else {
            throw .truncated(needed: offset + count - message.count, offset: message.count)
        }
    }

    mutating func take(_ count: Int, from message: Span<UInt8>) throws(EnvelopeError) -> [UInt8] {
        try require(count, of: message)
        defer { offset += count }
        return [UInt8](message.extracting(offset..<offset + count))
    }

    mutating func takeNumber(
        _ byteCount: Int, from message: Span<UInt8>
    ) throws(EnvelopeError) -> Int {
        try require(byteCount, of: message)
        defer { offset += byteCount }
        return number(at: offset, byteCount: byteCount, in: message)
    }

    mutating func takeVersionAndSuite(from message: Span<UInt8>) throws(EnvelopeError) {
        let version = UInt8(try takeNumber(1, from: message))
        switch version {
        case 1:
            // Version 1 has a type byte before the suite.
            let type = try takeNumber(1, from: message)
            guard type == 0x80 else { throw .malformed(.version, offset: 1) }
        case MessageHeader.formatVersion: break
        default: throw .malformed(.version, offset: 0)
        }
        let suite = MessageSuite(id: UInt16(try takeNumber(2, from: message)))
        guard version == MessageHeader.formatVersion, suite == .committing else {
            throw .unsupportedSuite(suite, formatVersion: version)
        }
    }

    mutating func takeContext(
        from message: Span<UInt8>
    ) throws(EnvelopeError) -> EncryptionContext {
        let byteCount = try takeNumber(2, from: message)
        guard byteCount > 0 else { return .empty }
        let start = offset
        try require(byteCount, of: message)
        let end = start + byteCount
        // From here on nothing may need more bytes than the context claims to have.
        let context = message.extracting(0..<end)
        do throws(EnvelopeError) {
            var pairs: [(key: [UInt8], value: [UInt8])] = []
            let count = try takeNumber(2, from: context)
            guard count > 0 else { throw .malformed(.encryptionContext, offset: start) }
            for _ in 0..<count {
                let key = try takeText(from: context)
                pairs.append((key: key, value: try takeText(from: context)))
            }
            guard offset == end else { throw .malformed(.encryptionContext, offset: offset) }
            if let pair = pairs.first(where: { $0.key == Self.publicKeyName }) {
                // It belongs to signed suites; the specification wants it refused elsewhere.
                throw .reservedContextKey(pair.key)
            }
            do throws(EncryptionContext.Invalid) {
                return try EncryptionContext(pairs)
            } catch {
                throw .malformed(.encryptionContext, offset: start)
            }
        } catch {
            guard case .truncated = error else { throw error }
            throw .malformed(.encryptionContext, offset: offset)
        }
    }

    private static let publicKeyName = Array("aws-crypto-public-key".utf8)

    private mutating func takeText(from message: Span<UInt8>) throws(EnvelopeError) -> [UInt8] {
        let byteCount = try takeNumber(2, from: message)
        let bytes = try take(byteCount, from: message)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw .malformed(.encryptionContext, offset: offset - byteCount)
        }
        return bytes
    }

    mutating func takeWrappedKeys(
        from message: Span<UInt8>
    ) throws(EnvelopeError) -> [WrappedKey] {
        let start = offset
        let count = try takeNumber(2, from: message)
        guard count > 0 else { throw .malformed(.wrappedKeys, offset: start) }
        guard count <= MessageHeader.maximumWrappedKeyCount else {
            throw .overLimit(
                .wrappedKeys, count, limit: MessageHeader.maximumWrappedKeyCount, offset: start)
        }
        var keys: [WrappedKey] = []
        for _ in 0..<count {
            let providerID = try take(try takeNumber(2, from: message), from: message)
            let providerInfo = try take(try takeNumber(2, from: message), from: message)
            let ciphertext = try take(try takeNumber(2, from: message), from: message)
            guard
                let key = WrappedKey(
                    providerID: providerID, providerInfo: providerInfo, ciphertext: ciphertext)
            else { preconditionFailure("a two-byte length is within the limit") }
            keys.append(key)
        }
        return keys
    }

    mutating func takeContent(
        from message: Span<UInt8>
    ) throws(EnvelopeError) -> MessageHeader.Content {
        let type = try takeNumber(1, from: message)
        guard type == 1 || type == 2 else { throw .malformed(.contentType, offset: offset - 1) }
        let byteCount = try takeNumber(4, from: message)
        guard (type == 2) == (byteCount > 0) else {
            throw .malformed(.frameLength, offset: offset - 4)
        }
        guard byteCount <= MessageHeader.maximumFrameByteCount else {
            throw .overLimit(
                .frameLength, byteCount, limit: MessageHeader.maximumFrameByteCount,
                offset: offset - 4)
        }
        return type == 2 ? .frames(of: byteCount) : .singleBlock
    }
}
