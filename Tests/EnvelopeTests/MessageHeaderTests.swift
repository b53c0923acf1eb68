import Envelope
import OKMS
import Testing

@Suite struct MessageHeaderTests {
    private func header(
        context: EncryptionContext = .empty, wrappedKeys: [WrappedKey] = [Sample.wrappedKey()],
        frame: Int = 16
    ) throws -> MessageHeader {
        try MessageHeader(
            keys: Sample.keys(), context: context, wrappedKeys: wrappedKeys, frameByteCount: frame)
    }

    @Test func `a header is laid out as the specification says`() throws {
        let context = try Sample.context(("b", "2"), ("a", "1"))
        let key = Sample.wrappedKey("p", info: "in", ciphertext: [9])
        let bytes = try header(context: context, wrappedKeys: [key], frame: 0x0102_0304)
            .serialized(with: Sample.keys())
        var expected: [UInt8] = [0x02, 0x04, 0x78] + Sample.messageID.bytes
        expected += [0, 14, 0, 2, 0, 1, 0x61, 0, 1, 0x31, 0, 1, 0x62, 0, 1, 0x32]
        expected += [0, 1, 0, 1, 0x70, 0, 2, 0x69, 0x6e, 0, 1, 9]
        expected += [2, 1, 2, 3, 4] + (try Sample.keys().commitment)
        #expect(Array(bytes.dropLast(16)) == expected)
    }

    @Test func `an empty context takes two bytes of zero`() throws {
        let bytes = try header().serialized(with: Sample.keys())
        #expect(bytes[35...38] == [0, 0, 0, 1])
    }

    @Test func `a header is read back as it was written`() throws {
        let context = try Sample.context(("dataset", "orders"), ("", "empty key"), ("empty", ""))
        let keys = [Sample.wrappedKey(), Sample.wrappedKey("other", info: "", ciphertext: [])]
        let written = try header(context: context, wrappedKeys: keys, frame: 1 << 20)
        let parsed = try Sample.header(written.serialized(with: Sample.keys()))
        #expect(parsed.claims == written)
        #expect(try parsed.verified(dataKey: Sample.secret()).header == written)
    }

    /// `String` takes the two spellings of é for one key, and orders the last two by UTF-16.
    @Test func `context keys are ordered and told apart by their UTF-8 bytes`() throws {
        let names = ["\u{1F600}", "\u{FF5E}", "e\u{301}", "\u{E9}", "z"]
        let context = try EncryptionContext(names.map { ($0, "v") })
        let bytes = try header(context: context).serialized(with: Sample.keys())
        let read = try Sample.header(bytes).verified(dataKey: Sample.secret()).header.context
        #expect(
            read.pairs.map { String(decoding: $0.key, as: UTF8.self) }.map {
                Array($0.unicodeScalars)
            }
                == ["e\u{301}", "z", "\u{E9}", "\u{FF5E}", "\u{1F600}"].map {
                    Array($0.unicodeScalars)
                })
    }

    @Test func `names of the format's own are refused in a context`() throws {
        let context = try Sample.context(("aws-crypto-public-key", "x"))
        #expect(throws: EnvelopeError.reservedContextKey(Array("aws-crypto-public-key".utf8))) {
            try header(context: context)
        }
        _ = try header(context: Sample.context(("aws-cryptography", "fine")))
    }

    @Test func `a context that is not UTF-8 is refused`() throws {
        let context = try EncryptionContext([(key: [0xff], value: [])])
        #expect(throws: EnvelopeError.malformed(.encryptionContext, offset: 0)) {
            try header(context: context)
        }
    }

    @Test func `a context of 65,535 bytes is written, one of 65,536 is not`() throws {
        let most = String(repeating: "v", count: 65_535 - 2 - 4 - 1)
        let context = try Sample.context(("k", most))
        let bytes = try header(context: context).serialized(with: Sample.keys())
        #expect(try Sample.header(bytes).claims.context == context)
        let error = EnvelopeError.overLimit(
            .encryptionContext, 65_536, limit: 65_535, offset: 0)
        #expect(throws: error) { try header(context: Sample.context(("k", most + "v"))) }
    }

    @Test func `what this package would not read it does not write`() throws {
        let key = Sample.wrappedKey()
        #expect(throws: EnvelopeError.malformed(.wrappedKeys, offset: 0)) {
            try header(wrappedKeys: [])
        }
        #expect(throws: EnvelopeError.overLimit(.wrappedKeys, 9, limit: 8, offset: 0)) {
            try header(wrappedKeys: Array(repeating: key, count: 9))
        }
        #expect(throws: EnvelopeError.malformed(.frameLength, offset: 0)) { try header(frame: 0) }
        let limit = 64 << 20
        #expect(
            throws: EnvelopeError.overLimit(.frameLength, limit + 1, limit: limit, offset: 0)
        ) { try header(frame: limit + 1) }
        _ = try header(wrappedKeys: Array(repeating: key, count: 8), frame: limit)
    }

    @Test func `wrapped keys of a service keep its key and ciphertext`() throws {
        let arn = try #require(KeyARN(Sample.keyARN))
        let wrapped = WrappedDataKey(key: arn, ciphertext: [4, 5, 6])
        let key = try #require(WrappedKey(wrapped))
        #expect(key.providerID == Array("aws-kms".utf8))
        #expect(key.providerInfo == Array(Sample.keyARN.utf8))
        #expect(key.wrappedDataKey == wrapped)
        #expect(Sample.wrappedKey("raw").wrappedDataKey == nil)
        #expect(Sample.wrappedKey(info: "alias/x").wrappedDataKey == nil)
        #expect(
            WrappedKey(
                providerID: [], providerInfo: [], ciphertext: .init(repeating: 0, count: 65_536))
                == nil)
    }

    @Test func `a message is wrapped anew without touching its body`() throws {
        let message = try Sample.message(Sample.plaintext(40))
        let parsed = try Sample.header(message)
        let opened = try parsed.verified(dataKey: Sample.secret())
        let other = Sample.wrappedKey(ciphertext: Array(repeating: 7, count: 50))
        let header = try opened.header.rewrapped(with: [other])
        let again =
            try header.serialized(with: opened.keys) + message[opened.headerByteCount...]
        #expect(try Sample.open(again) == Sample.plaintext(40))
        #expect(try Sample.header(again).claims.wrappedKeys == [other])
    }

    @Test func `a header is not sealed with the keys of another message`() async {
        await #expect(processExitsWith: .failure) {
            let header = try MessageHeader(
                keys: Sample.keys(), context: .empty, wrappedKeys: [Sample.wrappedKey()],
                frameByteCount: 1)
            _ = try header.serialized(with: Sample.keys(Sample.id(8)))
        }
    }
}
