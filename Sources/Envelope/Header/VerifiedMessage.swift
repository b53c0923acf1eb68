package import LibCrypto
package import OKMS

/// A message whose header has been authenticated, with the keys that open its body.
package struct VerifiedMessage: Sendable {
    package let header: MessageHeader
    package let keys: MessageKeys
    /// Where the body begins.
    package let headerByteCount: Int
}

extension VerifiedMessage {
    /// A message whose header is lost but known: of an id that something authentic has named, in frames
    /// of a length that everything else of the archive has. Each frame still proves that it is of this
    /// message.
    package init(
        keys: MessageKeys, context: EncryptionContext, wrappedKeys: [WrappedKey],
        frameByteCount: Int
    ) throws(EnvelopeError) {
        let header = try MessageHeader(
            keys: keys, context: context, wrappedKeys: wrappedKeys, frameByteCount: frameByteCount)
        self.init(
            header: header, keys: keys, headerByteCount: try header.serialized(with: keys).count)
    }
}

extension UnverifiedHeader {
    /// Unwraps the data key and verifies the header.
    ///
    /// Throws `dataKeyRefused` or `noUsableWrappedKey` when no wrapped key could be opened; every
    /// other error means that the message is not what its writer made.
    package func verified(
        using service: some DataKeyService, expecting expected: EncryptionContext = .empty
    ) throws(EnvelopeError) -> VerifiedMessage {
        let dataKey = try unwrapDataKey(using: service, expecting: expected)
        return try verified(dataKey: dataKey, expecting: expected)
    }

    /// Verifies the header under a data key: its commitment first, in constant time, then its tag.
    ///
    /// A pair of `expected` that the header has too must agree with it; one that the header has not
    /// is taken as a required pair, which the writer authenticated without storing it.
    package func verified(
        dataKey: borrowing SecretBytes, expecting expected: EncryptionContext = .empty
    ) throws(EnvelopeError) -> VerifiedMessage {
        let required = try pairsNotStored(of: expected)
        let keys = try MessageKeys.derive(from: dataKey, messageID: claims.messageID)
        let commitment = keys.commitment
        guard constantTimeEqual(commitment.span, claims.commitment.span) else {
            throw .commitmentMismatch
        }
        let additionalData = body + (required.isEmpty ? [] : required.canonicalBytes)
        try HeaderTag.verify(tag, keys, additionalData: additionalData)
        return VerifiedMessage(header: claims, keys: keys, headerByteCount: byteCount)
    }

    /// Lets the service unwrap the data key, trying its wrapped forms in the header's order. Those
    /// of other providers are skipped.
    package func unwrapDataKey(
        using service: some DataKeyService, expecting expected: EncryptionContext = .empty
    ) throws(EnvelopeError) -> SecretBytes {
        let context = try merged(claims.context, try pairsNotStored(of: expected))
        var refusals: [KeyServiceError] = []
        for case let wrapped? in claims.wrappedKeys.map(\.wrappedDataKey) {
            do throws(KeyServiceError) {
                return try service.unwrap(wrapped, context: context)
            } catch {
                refusals.append(error)
            }
        }
        throw refusals.isEmpty ? .noUsableWrappedKey : .dataKeyRefused(refusals)
    }

    private func pairsNotStored(
        of expected: EncryptionContext
    ) throws(EnvelopeError) -> EncryptionContext {
        var missing: [(key: [UInt8], value: [UInt8])] = []
        for pair in expected.pairs {
            switch claims.context.value(for: pair.key) {
            case pair.value?: continue
            case nil: missing.append((key: pair.key, value: pair.value))
            default: throw .contextMismatch(key: pair.key)
            }
        }
        return try context(missing)
    }

    private func merged(
        _ stored: EncryptionContext, _ required: EncryptionContext
    ) throws(EnvelopeError) -> EncryptionContext {
        try context((stored.pairs + required.pairs).map { (key: $0.key, value: $0.value) })
    }

    private func context(
        _ pairs: [(key: [UInt8], value: [UInt8])]
    ) throws(EnvelopeError) -> EncryptionContext {
        do throws(EncryptionContext.Invalid) {
            return try EncryptionContext(pairs)
        } catch {
            // Keys are distinct by construction; only the number of pairs can be too large.
            throw .overLimit(
                .encryptionContext, pairs.count, limit: Int(UInt16.max), offset: 0)
        }
    }
}

extension DataKeyService {
    /// Unwraps a data key, under the key that it says it is wrapped under and no other.
    package func unwrap(
        _ wrapped: WrappedDataKey, context: EncryptionContext
    ) throws(KeyServiceError) -> SecretBytes {
        let dataKey = try decrypt(wrapped.ciphertext, under: .arn(wrapped.key), context: context)
        guard dataKey.wrapped.key == wrapped.key else {
            throw KeyServiceError(
                .incorrectKey, "the service used \(dataKey.wrapped.key), not \(wrapped.key)")
        }
        guard dataKey.plaintext.count == MessageKeys.dataKeyByteCount else {
            throw KeyServiceError(
                .internal,
                "the service opened \(dataKey.plaintext.count) bytes under \(wrapped.key); "
                    + "a data key has \(MessageKeys.dataKeyByteCount)")
        }
        return dataKey.takePlaintext()
    }
}
