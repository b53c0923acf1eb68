import Envelope
import Foundation
import LibCrypto
import OKMS
import Testing

/// Both ends at one table: okmsd on loopback, a customer master key in it, the official SDKs, and a
/// folder for what is handed over.
struct Bench {
    private static let shared = Task { try await Bench() }

    private let peers: [PythonEnvironment: Peer]
    /// The ARN of the key that everything is sealed under, as the service spells it.
    let key: String
    let otherKey: String

    /// Everything is started once and serves all tests.
    static func open() async throws -> Bench { try await shared.value }

    private init() async throws {
        let service = try KeyService.running()
        var peers: [PythonEnvironment: Peer] = [:]
        for sdk in PythonEnvironment.sdks {
            peers[sdk] = try Peer("peer.py", in: sdk, arguments: [sdk.rawValue], service)
        }
        self.peers = peers
        let sdk3 = try #require(peers[.sdk3])
        key = try #require(try await sdk3.ask(Question(do: .makeKey)).key)
        otherKey = try #require(try await sdk3.ask(Question(do: .makeKey)).key)
    }

    func ask(_ sdk: PythonEnvironment, _ question: Question) async throws -> Answer {
        try await #require(peers[sdk]).ask(question)
    }

    // MARK: our end

    /// A new data key of the service's.
    func dataKey(for context: [[String]]) async throws -> ServedDataKey {
        let made = try await ask(.sdk3, Question(do: .dataKey, key: key, context: context))
        let blob = try bytes(ofHex: #require(made.wrapped))
        let wrapped = WrappedKey(
            providerID: WrappedKey.kmsProviderID, providerInfo: Array(key.utf8), ciphertext: blob)
        return ServedDataKey(
            plaintext: try secret(ofHex: #require(made.plaintext)), wrapped: try #require(wrapped))
    }

    /// A message by our writer.
    func message(_ one: Case, plaintext: [UInt8]? = nil) async throws -> [UInt8] {
        let dataKey = try await dataKey(for: one.texts)
        var writer = try MessageWriter(
            dataKey: dataKey.plaintext, wrappedKeys: [dataKey.wrapped], context: one.context(),
            messageID: .random(), frameByteCount: one.frameByteCount)
        var message: [UInt8] = []
        let plaintext = plaintext ?? one.plaintext
        try writer.write(plaintext.span, appendingTo: &message)
        try writer.finish(appendingTo: &message)
        return message
    }

    /// The service did not unwrap a data key.
    struct Refused: Error {}

    /// Opens a message by our reader, with the data key that the service unwraps.
    func open(_ message: [UInt8], expecting context: EncryptionContext) async throws -> [UInt8] {
        let claims = try UnverifiedHeader(parsing: message.span).claims
        let wrapped = try #require(claims.wrappedKeys.first)
        let unwrapped = try await ask(
            .sdk3,
            Question(
                do: .unwrap, key: String(decoding: wrapped.providerInfo, as: UTF8.self),
                context: claims.context.pairs.map {
                    [
                        String(decoding: $0.key, as: UTF8.self),
                        String(decoding: $0.value, as: UTF8.self),
                    ]
                }, wrapped: hex(of: wrapped.ciphertext)))
        guard let dataKey = unwrapped.plaintext else { throw Refused() }
        var reader = MessageReader(dataKey: try secret(ofHex: dataKey), expecting: context)
        var plaintext: [UInt8] = []
        try reader.read(message.span, appendingTo: &plaintext)
        try reader.finish()
        return plaintext
    }
}

/// A data key as the service made it, and as it stands in the header of a message.
struct ServedDataKey: ~Copyable {
    let plaintext: SecretBytes
    let wrapped: WrappedKey
}

/// Lends a folder that is gone afterwards.
func withFolder<R>(_ body: (URL) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appending(path: "interop-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

private func bytes(ofHex text: String) throws -> [UInt8] {
    let digits = Array(text.utf8)
    return try stride(from: 0, to: digits.count, by: 2).map {
        try #require(UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16))
    }
}

private func hex(of bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private func secret(ofHex text: String) throws -> SecretBytes {
    let bytes = try bytes(ofHex: text)
    return SecretBytes(count: bytes.count) { span in
        for index in bytes.indices { span[index] = bytes[index] }
    }
}
