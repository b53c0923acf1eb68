import Envelope
import LibCrypto
import OKMS

extension FuzzTarget {
    /// Messages of the Encryption SDK, under one data key that a service hands out.
    ///
    /// The first byte of an input says how the rest is read: in pieces of how many bytes, and whether
    /// the header is made authentic before, as somebody could who holds the key and lies.
    static let message = FuzzTarget(name: "message", check: checkMessage, seeds: messageSeeds)
}

@Sendable private func checkMessage(_ input: [UInt8]) throws {
    guard let first = input.first else { return }
    var message = Array(input.dropFirst())
    if first & 0x80 != 0 { message = withAuthenticHeader(message) }
    let whole = read(message, step: .max)
    let pieces = read(message, step: Int(first & 0x7f) + 1)
    try promise(whole == pieces, "a message reads the same in whatever pieces it comes")
    try promise(
        whole.plaintext.elementsEqual(plaintext(whole.plaintext.count)),
        "nothing but the beginning of the real plaintext is released")
    guard whole.error == nil, let header = whole.header else { return }
    guard case .frames(let frameByteCount) = header.content else { return }
    let (rest, isFull) = (whole.plaintext.count % frameByteCount, !whole.plaintext.isEmpty)
    // A final frame may be full, and a context out of order; the writer makes neither.
    guard !(rest == 0 && isFull) else { return }
    let again = try write(
        whole.plaintext, id: header.messageID, context: header.context,
        wrappedKeys: header.wrappedKeys, frameByteCount: frameByteCount)
    try promise(
        again.count == message.count && read(again, step: .max) == whole,
        "what opens is what the writer writes")
}

private struct Outcome: Equatable {
    var header: MessageHeader?
    var plaintext: [UInt8] = []
    var error: EnvelopeError?
}

private func read(_ message: [UInt8], step: Int) -> Outcome {
    var outcome = Outcome()
    var reader = MessageReader(service: OneKeyService())
    do throws(EnvelopeError) {
        var place = 0
        while place < message.count {
            let end = place + min(step, message.count - place)
            try reader.read(
                message.span.extracting(place..<end), appendingTo: &outcome.plaintext)
            place = end
        }
        try reader.finish()
    } catch {
        outcome.error = error
    }
    outcome.header = reader.header
    return outcome
}

/// The message with commitment and tag of its header computed anew; as it is where it has no header.
private func withAuthenticHeader(_ message: [UInt8]) -> [UInt8] {
    do throws(EnvelopeError) {
        let header = try UnverifiedHeader(parsing: message.span)
        guard case .frames(let frameByteCount) = header.claims.content else { return message }
        let keys = try MessageKeys.derive(
            from: dataKey(), messageID: header.claims.messageID)
        let authentic = try MessageHeader(
            keys: keys, context: header.claims.context, wrappedKeys: header.claims.wrappedKeys,
            frameByteCount: frameByteCount)
        return try authentic.serialized(with: keys) + message.dropFirst(header.byteCount)
    } catch {
        return message
    }
}

private func dataKey() -> SecretBytes {
    SecretBytes(count: 32) { bytes in
        for index in bytes.indices { bytes[index] = UInt8(index) }
    }
}

/// The plaintext of every message there is here, so far.
private func plaintext(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

private func write(
    _ plaintext: [UInt8], id: MessageID, context: EncryptionContext, wrappedKeys: [WrappedKey],
    frameByteCount: Int
) throws -> [UInt8] {
    var writer = try MessageWriter(
        dataKey: dataKey(), wrappedKeys: wrappedKeys, context: context, messageID: id,
        frameByteCount: frameByteCount)
    var message: [UInt8] = []
    try writer.write(plaintext.span, appendingTo: &message)
    try writer.finish(appendingTo: &message)
    return message
}

@Sendable private func messageSeeds() throws -> [[UInt8]] {
    let arn = "arn:ows:kms:eu-west-2:123456789012:key/11111111-2222-3333-4444-555555555555"
    let contexts = [
        EncryptionContext.empty, try EncryptionContext([("dataset", "orders"), ("a", "")]),
    ]
    var seeds: [[UInt8]] = []
    for (number, (count, frame)) in [(0, 16), (40, 16), (33, 1), (300, 256)].enumerated() {
        for (variant, context) in contexts.enumerated() {
            let id = [UInt8](repeating: UInt8(number * 2 + variant), count: MessageID.byteCount)
            guard let id = MessageID(id),
                let key = WrappedKey(
                    providerID: WrappedKey.kmsProviderID, providerInfo: Array(arn.utf8),
                    ciphertext: [1, 2, 3]),
                let other = WrappedKey(
                    providerID: Array("other".utf8), providerInfo: [], ciphertext: [])
            else { preconditionFailure("short fields") }
            let message = try write(
                plaintext(count), id: id, context: context,
                wrappedKeys: variant == 0 ? [key] : [other, key], frameByteCount: frame)
            seeds += [[6] + message, [0x80 | 40] + message]
        }
    }
    return seeds
}

/// Unwraps whatever it is given to one data key.
private struct OneKeyService: DataKeyService {
    private var refusal: KeyServiceError { KeyServiceError(.unsupportedOperation, "opens only") }

    func decrypt(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey {
        guard case .arn(let arn)? = key else { throw refusal }
        return DataKey(
            plaintext: dataKey(), wrapped: WrappedDataKey(key: arn, ciphertext: ciphertext))
    }

    func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyName, context: EncryptionContext,
        dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey { throw refusal }
    func reEncrypt(
        _ ciphertext: [UInt8], from source: KeyName?, context sourceContext: EncryptionContext,
        under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> ReEncryptedDataKey { throw refusal }
    func generateDataKey(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey { throw refusal }
    func generateDataKeyWithoutPlaintext(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey { throw refusal }
    func generateRandom(byteCount: Int) throws(KeyServiceError) -> SecretBytes { throw refusal }
}
