import Envelope
import Foundation
import LibCrypto
import OKMS
import TestSupport
import Testing

/// 46 messages of format version 2 by the official JS, C, Python and Java SDKs.
@Suite(.enabled(if: VectorFolder.isExpected, "no vectors at SEALPIPE_VECTORS"))
struct CommitmentVectorTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let ciphertext: Data
        let commitment: Data
        let dataKey: Data
        let frames: [String]?
        let status: Bool
        let comment: String

        enum CodingKeys: String, CodingKey {
            case ciphertext, commitment, status, comment
            case dataKey = "decrypted-dek"
            case frames = "plaintext-frames"
        }

        var testDescription: String { comment }
        var message: [UInt8] { Array(ciphertext) }
        var isOurs: Bool { message[1...2].elementsEqual([0x04, 0x78]) }
        /// Vectors 6, 8, 10, 14, 16 and 18: eight `FF` bytes stand before the number.
        var hasOtherIVs: Bool {
            let marker: [UInt8] = [255, 255, 255, 255, 0, 0, 0, 1]
            let iv = [UInt8](repeating: 255, count: 8) + [0, 0, 0, 1]
            return message.dropLast(4 + 9 + 16).suffix(20).elementsEqual(marker + iv)
        }
        var plaintext: [UInt8] { Array((frames ?? []).joined().utf8) }
    }

    static func cases() throws -> [Case] {
        struct File: Decodable { let tests: [Case] }
        let bytes = try VectorFolder.contents(of: "esdk/commitment-test-vectors.json")
        return try JSONDecoder().decode(File.self, from: Data(bytes)).tests
    }

    @Test func `all vectors are there, half of them ours`() throws {
        let cases = try Self.cases()
        #expect(cases.count == 46)
        #expect(cases.filter(\.isOurs).count == 23)
        #expect(cases.filter { $0.isOurs && $0.status }.count == 20)
        #expect(cases.filter { $0.isOurs && $0.status && $0.hasOtherIVs }.count == 6)
    }

    @Test(arguments: try cases().filter { $0.isOurs && $0.status && !$0.hasOtherIVs })
    func `a message of an official writer opens, at once and by the byte`(vector: Case) throws {
        let key = Array(vector.dataKey)
        #expect(try Sample.open(vector.message, dataKey: key) == vector.plaintext)
        #expect(try Sample.open(vector.message, step: 1, dataKey: key) == vector.plaintext)
    }

    @Test(arguments: try cases().filter { $0.isOurs && $0.status && $0.hasOtherIVs })
    func `a message with other IVs opens only where stored IVs are taken`(vector: Case) throws {
        let key = Array(vector.dataKey)
        let headerByteCount = try Sample.header(vector.message).byteCount
        #expect(try Sample.open(vector.message, dataKey: key, ivs: .stored) == vector.plaintext)
        #expect(
            try Sample.open(vector.message, step: 1, dataKey: key, ivs: .stored)
                == vector.plaintext)
        #expect(throws: EnvelopeError.malformedFrame(1, .iv, offset: headerByteCount + 8)) {
            try Sample.open(vector.message, dataKey: key)
        }
    }

    @Test(arguments: try cases().filter { $0.isOurs && $0.status })
    func `a message of an official writer is written again byte for byte`(vector: Case) throws {
        let parsed = try Sample.header(vector.message)
        let opened = try parsed.verified(dataKey: Sample.secret(Array(vector.dataKey)))
        #expect(opened.header.commitment == Array(vector.commitment))
        // In suite 0x0478 every vector's context is sorted, so even the header comes out the same.
        let stored = Array(vector.message[..<opened.headerByteCount])
        #expect(try opened.header.serialized(with: opened.keys) == stored)
        // Ours has neither a full final frame nor other IVs nor a single block.
        guard case .frames(let frame) = opened.header.content,
            vector.plaintext.count % frame != 0, !vector.hasOtherIVs
        else { return }
        let again = try Sample.message(
            vector.plaintext, frame: frame, context: opened.header.context,
            id: opened.header.messageID, dataKey: Array(vector.dataKey),
            wrappedKeys: opened.header.wrappedKeys)
        #expect(again == vector.message)
    }

    @Test(arguments: try cases().filter { $0.isOurs && !$0.status })
    func `a message with another commitment is refused`(vector: Case) throws {
        #expect(throws: EnvelopeError.commitmentMismatch) {
            try Sample.open(vector.message, dataKey: Array(vector.dataKey))
        }
    }

    @Test(arguments: try cases().filter { !$0.isOurs })
    func `a signed message is refused by the name of its suite`(vector: Case) throws {
        let error = EnvelopeError.unsupportedSuite(MessageSuite(id: 0x0578), formatVersion: 2)
        #expect(throws: error) {
            try Sample.open(vector.message, dataKey: Array(vector.dataKey))
        }
        #expect(error.description.contains("COMMIT_KEY_ECDSA_P384"))
    }
}
