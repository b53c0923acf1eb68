import Envelope
import OKMS
import Testing

@Suite struct VerifiedMessageTests {
    private let wrapped = [UInt8]([1, 2, 3])

    private func open(
        _ message: [UInt8], _ service: StubKeyService, expecting: EncryptionContext = .empty
    ) throws(EnvelopeError) -> [UInt8] {
        var reader = MessageReader(service: service, expecting: expecting)
        return try Sample.read(message, with: &reader)
    }

    @Test func `a service opens a message under its sorted context`() throws {
        let context = try Sample.context(("b", "2"), ("a", "1"))
        let message = try Sample.message([1, 2, 3], context: context)
        let service = StubKeyService(ciphertext: wrapped, context: context)
        #expect(try open(message, service) == [1, 2, 3])
        #expect(try open(message, service, expecting: Sample.context(("a", "1"))) == [1, 2, 3])
    }

    @Test func `wrapped keys are tried in order and other providers skipped`() throws {
        let keys = [
            Sample.wrappedKey("raw", ciphertext: wrapped),
            Sample.wrappedKey(info: "not an ARN", ciphertext: wrapped),
            Sample.wrappedKey(ciphertext: [9]), Sample.wrappedKey(ciphertext: wrapped),
        ]
        let message = try Sample.message([5], wrappedKeys: keys)
        let service = StubKeyService(ciphertext: wrapped, context: .empty)
        #expect(try open(message, service) == [5])
    }

    @Test func `when no wrapped key opens, every reason is told`() throws {
        let keys = [[9], [8, 8]].map { Sample.wrappedKey(ciphertext: $0) }
        let message = try Sample.message([5], wrappedKeys: keys)
        let service = StubKeyService(ciphertext: wrapped, context: .empty)
        let reasons = ["refused 1 bytes", "refused 2 bytes"].map {
            KeyServiceError(.invalidCiphertext, $0)
        }
        #expect(throws: EnvelopeError.dataKeyRefused(reasons)) { try open(message, service) }
    }

    @Test func `a message without a key of a service is told apart`() throws {
        let message = try Sample.message([5], wrappedKeys: [Sample.wrappedKey("raw")])
        let service = StubKeyService(ciphertext: wrapped, context: .empty)
        #expect(throws: EnvelopeError.noUsableWrappedKey) { try open(message, service) }
    }

    @Test func `an answer under another key is not taken`() throws {
        let other = Sample.keyARN.replacing("11111111", with: "99999999")
        var service = StubKeyService(ciphertext: wrapped, context: .empty)
        service.answers = KeyARN(other)
        let message = try Sample.message([5])
        let reason = KeyServiceError(
            .incorrectKey, "the service used \(other), not \(Sample.keyARN)")
        #expect(throws: EnvelopeError.dataKeyRefused([reason])) { try open(message, service) }
    }

    @Test func `a data key of another length is refused`() throws {
        var service = StubKeyService(ciphertext: wrapped, context: .empty)
        service.dataKey = [UInt8](0..<31)
        let message = try Sample.message([5])
        // It is the service that is wrong, not the message.
        let reason = KeyServiceError(
            .internal, "the service opened 31 bytes under \(Sample.keyARN); a data key has 32")
        #expect(throws: EnvelopeError.dataKeyRefused([reason])) { try open(message, service) }
    }

    @Test func `a substituted data key does not fit the commitment`() throws {
        var service = StubKeyService(ciphertext: wrapped, context: .empty)
        service.dataKey = [UInt8](1...32)
        let message = try Sample.message([5])
        #expect(throws: EnvelopeError.commitmentMismatch) { try open(message, service) }
    }

    /// Both are wrong here; the commitment is the one that is told.
    @Test func `the commitment is checked before the tag`() throws {
        var message = try Sample.message([5])
        let end = try Sample.header(message).byteCount
        message[end - 1] ^= 1
        #expect(throws: EnvelopeError.authenticationFailed(.header)) { try Sample.open(message) }
        message[end - 17] ^= 1
        #expect(throws: EnvelopeError.commitmentMismatch) { try Sample.open(message) }
    }

    @Test func `a wrong context is refused before any key is asked for`() throws {
        let context = try Sample.context(("tier", "gold"))
        let message = try Sample.message([5], context: context)
        let wrong = try Sample.context(("tier", "lead"))
        let error = EnvelopeError.contextMismatch(key: Array("tier".utf8))
        #expect(throws: error) { try Sample.open(message, expecting: wrong) }
        let service = StubKeyService(ciphertext: wrapped, context: context)
        #expect(throws: error) { try open(message, service, expecting: wrong) }
    }

    @Test func `a pair the message was not made with is refused`() throws {
        let context = try Sample.context(("tier", "gold"))
        let message = try Sample.message([5], context: context)
        let more = try Sample.context(("tier", "gold"), ("team", "x"))
        #expect(throws: EnvelopeError.authenticationFailed(.header)) {
            try Sample.open(message, expecting: more)
        }
        let service = StubKeyService(ciphertext: wrapped, context: context)
        let reason = KeyServiceError(.invalidCiphertext, "refused 3 bytes")
        #expect(throws: EnvelopeError.dataKeyRefused([reason])) {
            try open(message, service, expecting: more)
        }
    }

    @Test func `a changed context no longer unwraps`() throws {
        let context = try Sample.context(("tier", "gold"))
        var message = try Sample.message([5], context: context)
        message[35 + 2 + 2 + 2 + 4 + 2] ^= 1
        let service = StubKeyService(ciphertext: wrapped, context: context)
        let reason = KeyServiceError(.invalidCiphertext, "refused 3 bytes")
        #expect(throws: EnvelopeError.dataKeyRefused([reason])) { try open(message, service) }
        #expect(throws: EnvelopeError.authenticationFailed(.header)) { try Sample.open(message) }
    }
}
