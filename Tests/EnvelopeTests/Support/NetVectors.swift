import Envelope
import Foundation
import OKMS
import TestSupport
import Testing

/// One set of messages by the .NET SDK: a zip file with messages, keys and plaintexts.
struct NetVectors: Sendable {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let message: [UInt8]
        let plaintext: [UInt8]
        let masterKeys: [MasterKey]
        /// What the reader expects; where it is not stored, it is required.
        let context: EncryptionContext
        let keys: [String: Key]

        var testDescription: String { name }
        var suite: MessageSuite {
            let offset = message[0] == 1 ? 2 : 1
            return MessageSuite(id: UInt16(message[offset]) << 8 | UInt16(message[offset + 1]))
        }
        var isOurs: Bool { suite == .committing }
        var algorithm: String { masterKeys.first?.algorithm ?? "kms" }

        /// The data key, unwrapped with the first master key, which every case has for itself.
        func dataKey() throws -> [UInt8] {
            let header = try Sample.header(message).claims
            let wrapped = try #require(header.wrappedKeys.first)
            let master = try #require(masterKeys.first)
            let key = try #require(keys[master.key])
            switch master.algorithm {
            case "aes":
                let material = try #require(Data(base64Encoded: key.material ?? ""))
                return try RawUnwrapping.aes(wrapped, key: Array(material), context: context)
            default:
                return try RawUnwrapping.rsa(
                    wrapped, pem: key.material ?? "", hash: master.hash ?? "")
            }
        }
    }

    struct MasterKey: Decodable, Sendable {
        let key: String
        let algorithm: String?
        let hash: String?

        enum CodingKeys: String, CodingKey {
            case key
            case algorithm = "encryption-algorithm"
            case hash = "padding-hash"
        }
    }

    struct Key: Decodable, Sendable { let material: String? }

    static func load(_ file: String) throws -> [Case] {
        struct Manifest: Decodable {
            struct Test: Decodable {
                struct Result: Decodable {
                    struct Output: Decodable { let plaintext: String }
                    let output: Output?
                }
                let ciphertext: String
                let masterKeys: [MasterKey]
                let context: [String: String]
                let result: Result

                enum CodingKeys: String, CodingKey {
                    case ciphertext, result
                    case masterKeys = "master-keys"
                    case context = "encryption-context"
                }
            }
            let tests: [String: Test]
        }
        struct KeyFile: Decodable { let keys: [String: Key] }

        let zip = try ZipArchive(VectorFolder.contents(of: "esdk/\(file)"))
        func contents(_ url: String) throws -> [UInt8] {
            try zip.contents(of: String(url.dropFirst("file://".count)))
        }
        func decode<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
            try JSONDecoder().decode(type, from: Data(zip.contents(of: name)))
        }
        let keys = try decode(KeyFile.self, "keys.json").keys
        return try decode(Manifest.self, "manifest.json").tests.sorted { $0.key < $1.key }
            .map { name, test in
                Case(
                    name: name, message: try contents(test.ciphertext),
                    plaintext: try test.result.output.map { try contents($0.plaintext) } ?? [],
                    masterKeys: test.masterKeys,
                    context: try EncryptionContext(test.context.map { ($0.key, $0.value) }),
                    keys: keys)
            }
    }
}
