import Envelope
import OKMS
import TestSupport
import Testing

/// Messages by the .NET SDK 4: all eleven suites, full final frames, required context pairs.
@Suite(.enabled(if: VectorFolder.isExpected, "no vectors at SEALPIPE_VECTORS"))
struct NetVectorTests {
    private static let all = Result { try NetVectors.load("v4-Net-4.0.1.zip") }
    private static let valid = Result { try NetVectors.load("valid-Net-4.0.0.zip") }
    private static let invalid = Result { try NetVectors.load("invalid-Net-4.0.0.zip") }

    private static func ours(_ algorithm: String) throws -> [NetVectors.Case] {
        try all.get().filter { $0.isOurs && $0.algorithm == algorithm }
    }

    private static func foreign() throws -> [NetVectors.Case] {
        try (all.get() + valid.get() + invalid.get()).filter { !$0.isOurs }
    }

    @Test func `all vectors are there`() throws {
        #expect(try Self.all.get().count == 132)
        #expect(try Self.valid.get().count == 5)
        #expect(try Self.invalid.get().count == 28)
        #expect(try ["aes", "rsa", "kms"].map { try Self.ours($0).count } == [3, 6, 3])
    }

    private func expectToOpen(_ vector: NetVectors.Case) throws {
        let dataKey = try vector.dataKey()
        for step in [1, 1000, .max] {
            let plaintext = try Sample.open(
                vector.message, step: step, dataKey: dataKey, expecting: vector.context)
            #expect(plaintext == vector.plaintext)
        }
        let header = try Sample.header(vector.message)
        let verified = try header.verified(
            dataKey: Sample.secret(dataKey), expecting: vector.context)
        #expect(verified.header.messageID == header.claims.messageID)
        guard header.claims.context.isEmpty, !vector.context.isEmpty else { return }
        #expect(throws: EnvelopeError.authenticationFailed(.header)) {
            try Sample.open(vector.message, dataKey: dataKey)
        }
    }

    @Test(arguments: try ours("aes") + valid.get().filter(\.isOurs))
    func `a message under a raw AES key opens`(vector: NetVectors.Case) throws {
        try expectToOpen(vector)
    }

    @Test(.enabled(if: RawUnwrapping.hasOpenSSL, "no openssl program"), arguments: try ours("rsa"))
    func `a message under a raw RSA key opens`(vector: NetVectors.Case) throws {
        try expectToOpen(vector)
    }

    /// Their customer master key lives at AWS: no more can be known here than that they parse.
    @Test(arguments: try ours("kms"))
    func `a message under a KMS key names the key that could open it`(
        vector: NetVectors.Case
    ) throws {
        let header = try Sample.header(vector.message)
        let wrapped = try #require(header.claims.wrappedKeys.first?.wrappedDataKey)
        #expect(wrapped.key.account.description == "658956600833")
        let service = StubKeyService(ciphertext: [], context: .empty)
        let refusal = KeyServiceError(.invalidCiphertext, "refused 167 bytes")
        #expect(throws: EnvelopeError.dataKeyRefused([refusal])) {
            try header.verified(using: service, expecting: vector.context).header
        }
    }

    @Test(arguments: try invalid.get().filter(\.isOurs))
    func `a message with a faulty header tag is refused`(vector: NetVectors.Case) throws {
        let dataKey = try vector.dataKey()
        for context in [vector.context, .empty] {
            #expect(throws: EnvelopeError.authenticationFailed(.header)) {
                try Sample.open(vector.message, dataKey: dataKey, expecting: context)
            }
        }
    }

    @Test(arguments: try foreign())
    func `a message of another suite is refused by its name`(vector: NetVectors.Case) throws {
        #expect(vector.suite.name != nil)
        let error = EnvelopeError.unsupportedSuite(vector.suite, formatVersion: vector.message[0])
        #expect(throws: error) { try Sample.open(vector.message) }
        #expect(throws: error) { try Sample.open(vector.message, step: 1) }
    }
}
