import Foundation
import LibCrypto

/// Wycheproof's hostile inputs, read from the folder of test vectors.
enum WycheproofVectors {
    struct File<Test: Decodable & Sendable>: Decodable, Sendable {
        let numberOfTests: Int
        let testGroups: [Group<Test>]
    }

    /// Sizes are in bits.
    struct Group<Test: Decodable & Sendable>: Decodable, Sendable {
        let keySize: Int
        let ivSize: Int?
        let tagSize: Int?
        let tests: [Test]
    }

    /// A byte string, written in hexadecimal digits.
    struct Hex: Decodable, Sendable {
        let bytes: [UInt8]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let digits = Array(try container.decode(String.self))
            let bytes = stride(from: 0, to: digits.count, by: 2).map {
                UInt8(String(digits[$0..<min($0 + 2, digits.count)]), radix: 16)
            }
            guard digits.count % 2 == 0, !bytes.contains(nil) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "not hexadecimal")
            }
            self.bytes = bytes.compactMap(\.self)
        }
    }

    static let path =
        ProcessInfo.processInfo.environment["SEALPIPE_VECTORS"] ?? "../shared/vectors"

    /// Whether tests over vectors run: in continuous integration they do, and fail without them.
    static var isExpected: Bool {
        FileManager.default.fileExists(atPath: path)
            || ProcessInfo.processInfo.environment["CI"] == "true"
    }

    static func load<Test>(_ file: String, of test: Test.Type) throws -> File<Test> {
        let url = URL(filePath: path).appending(path: "wycheproof/\(file)")
        return try JSONDecoder().decode(File<Test>.self, from: Data(contentsOf: url))
    }

    static func secret(_ bytes: [UInt8]) -> SecretBytes {
        SecretBytes(count: bytes.count) { span in
            for i in bytes.indices { span[i] = bytes[i] }
        }
    }
}
