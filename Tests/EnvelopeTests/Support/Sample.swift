import Envelope
import LibCrypto
import OKMS

/// Messages made for tests: everything in them is a function of what is asked for.
enum Sample {
    static let dataKeyBytes = [UInt8](0..<32)
    static let messageID = id(7)
    static let keyARN =
        "arn:ows:kms:eu-west-2:123456789012:key/11111111-2222-3333-4444-555555555555"

    static func secret(_ bytes: [UInt8] = dataKeyBytes) -> SecretBytes {
        SecretBytes(count: bytes.count) { span in
            for i in bytes.indices { span[i] = bytes[i] }
        }
    }

    static func id(_ byte: UInt8) -> MessageID {
        guard let id = MessageID([UInt8](repeating: byte, count: 32)) else {
            preconditionFailure("32 bytes")
        }
        return id
    }

    static func wrappedKey(
        _ provider: String = "aws-kms", info: String = keyARN, ciphertext: [UInt8] = [1, 2, 3]
    ) -> WrappedKey {
        guard
            let key = WrappedKey(
                providerID: Array(provider.utf8), providerInfo: Array(info.utf8),
                ciphertext: ciphertext)
        else { preconditionFailure("short fields") }
        return key
    }

    static func plaintext(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    static func context(_ pairs: (String, String)...) throws -> EncryptionContext {
        try EncryptionContext(pairs)
    }

    static func keys(_ id: MessageID = messageID) throws -> MessageKeys {
        try MessageKeys.derive(from: secret(), messageID: id)
    }

    /// A whole message, through the writer.
    static func message(
        _ plaintext: [UInt8], frame: Int = 16, context: EncryptionContext = .empty,
        id: MessageID = messageID, dataKey: [UInt8] = dataKeyBytes,
        wrappedKeys: [WrappedKey] = [wrappedKey()]
    ) throws -> [UInt8] {
        var writer = try MessageWriter(
            dataKey: secret(dataKey), wrappedKeys: wrappedKeys, context: context, messageID: id,
            frameByteCount: frame)
        var message: [UInt8] = []
        try writer.write(plaintext.span, appendingTo: &message)
        try writer.finish(appendingTo: &message)
        return message
    }

    /// Reads a whole message in pieces of so many bytes.
    static func open(
        _ message: [UInt8], step: Int = .max, dataKey: [UInt8] = dataKeyBytes,
        expecting context: EncryptionContext = .empty, ivs: IVRule = .derived
    ) throws(EnvelopeError) -> [UInt8] {
        var reader = MessageReader(dataKey: secret(dataKey), expecting: context, ivs: ivs)
        return try read(message, step: step, with: &reader)
    }

    static func read(
        _ message: [UInt8], step: Int = .max, with reader: inout MessageReader
    ) throws(EnvelopeError) -> [UInt8] {
        var plaintext: [UInt8] = []
        var offset = 0
        while offset < message.count {
            let end = offset + min(step, message.count - offset)
            try reader.read(message.span.extracting(offset..<end), appendingTo: &plaintext)
            offset = end
        }
        try reader.finish()
        return plaintext
    }

    /// What opening throws; nil when it succeeds.
    static func refusal(of message: [UInt8], step: Int = .max) -> EnvelopeError? {
        do throws(EnvelopeError) {
            _ = try open(message, step: step)
            return nil
        } catch {
            return error
        }
    }

    /// One sealed frame.
    static func frame(
        _ plaintext: [UInt8], _ sequence: UInt32, isFinal: Bool, frame: Int = 16,
        id: MessageID = messageID
    ) throws -> [UInt8] {
        var sealer = try FrameSealer(keys: keys(id), frameByteCount: frame)
        let count = FrameLayout.byteCount(plaintext: plaintext.count, isFinal: isFinal)
        return try [UInt8](capacity: count) { output in
            try sealer.seal(
                plaintext.span, sequence: sequence, isFinal: isFinal, appendingTo: &output)
        }
    }

    static func header(_ message: [UInt8]) throws(EnvelopeError) -> UnverifiedHeader {
        try UnverifiedHeader(parsing: message.span)
    }
}
