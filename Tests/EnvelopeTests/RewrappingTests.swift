import Envelope
import OKMS
import Testing

@Suite struct RewrappingTests {
    private let others = [
        Sample.wrappedKey(ciphertext: [UInt8](repeating: 9, count: 200)),
        Sample.wrappedKey("second", info: "x", ciphertext: [1]),
    ]

    /// The message with another header in front of its frames.
    private func rewrapped(_ message: [UInt8], _ keys: [WrappedKey]) throws -> [UInt8] {
        let opened = try Sample.header(message).verified(dataKey: Sample.secret())
        return try opened.rewrapping(keys) + message[opened.headerByteCount...]
    }

    @Test(arguments: [0, 1, 15, 16, 17, 64, 100])
    func `the frames of a message open behind its new header`(count: Int) throws {
        let context = try Sample.context(("dataset", "orders"))
        let message = try Sample.message(Sample.plaintext(count), context: context)
        let again = try rewrapped(message, others)
        #expect(again.count != message.count)
        #expect(try Sample.open(again, step: 7, expecting: context) == Sample.plaintext(count))
    }

    @Test func `everything but wrapped keys and tag stays`() throws {
        let context = try Sample.context(("b", "2"), ("a", "1"))
        let message = try Sample.message([5], context: context)
        let (old, new) = (
            try Sample.header(message), try Sample.header(rewrapped(message, others))
        )
        #expect(new.claims.wrappedKeys == others)
        #expect(new.claims.messageID == old.claims.messageID)
        #expect(new.claims.context == old.claims.context)
        #expect(new.claims.content == old.claims.content)
        #expect(new.claims.commitment == old.claims.commitment)
        _ = try new.verified(dataKey: Sample.secret())
    }

    @Test func `a header goes back to what it was, byte for byte`() throws {
        let message = try Sample.message(Sample.plaintext(40))
        #expect(try rewrapped(rewrapped(message, others), [Sample.wrappedKey()]) == message)
    }

    @Test func `wrapped keys of the same length leave every frame where it was`() throws {
        let message = try Sample.message(Sample.plaintext(40))
        let again = try rewrapped(message, [Sample.wrappedKey(ciphertext: [4, 5, 6])])
        #expect(again.count == message.count)
        #expect(try Sample.open(again) == Sample.plaintext(40))
    }

    @Test func `a wrapped key says how many bytes it takes`() throws {
        let message = try Sample.message([5])
        let before = try Sample.header(message)
        let after = try Sample.header(rewrapped(message, others))
        let growth = others.reduce(0) { $0 + $1.byteCount } - Sample.wrappedKey().byteCount
        #expect(after.byteCount - before.byteCount == growth)
    }

    @Test func `the tag of the old header does not fit the new one`() throws {
        let message = try Sample.message([5])
        let again = try rewrapped(message, others)
        let (old, new) = (try Sample.header(message), try Sample.header(again))
        let forged =
            Array(again[..<(new.byteCount - 16)])
            + message[(old.byteCount - 16)..<old.byteCount] + again[new.byteCount...]
        #expect(throws: EnvelopeError.authenticationFailed(.header)) { try Sample.open(forged) }
    }

    @Test func `what would not be read is not written`() throws {
        let opened = try Sample.header(Sample.message([5])).verified(dataKey: Sample.secret())
        #expect(throws: EnvelopeError.malformed(.wrappedKeys, offset: 0)) {
            try opened.rewrapping([])
        }
        let many = [WrappedKey](repeating: Sample.wrappedKey(), count: 9)
        #expect(throws: EnvelopeError.overLimit(.wrappedKeys, 9, limit: 8, offset: 0)) {
            try opened.rewrapping(many)
        }
    }
}
