import OKMS
import Testing

@Suite struct EncryptionContextTests {
    /// Keys that are one key to `String`, and two to a key management service.
    private let composed: [UInt8] = [0xc3, 0xa9]
    private let decomposed: [UInt8] = [0x65, 0xcc, 0x81]

    @Test func `the canonical form sorts by bytes and keeps Unicode forms apart`() throws {
        let context = try EncryptionContext([
            (key: composed, value: Array("1".utf8)), (key: decomposed, value: Array("2".utf8)),
            (key: Array("dataset".utf8), value: Array("orders".utf8)),
        ])
        let hex = context.canonicalBytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        #expect(
            hex.joined()
                == "000300076461746173657400066f7264657273000365cc810001320002c3a9000131")
        #expect(context.value(for: composed) == Array("1".utf8))
        #expect(context.value(for: decomposed) == Array("2".utf8))
        #expect(context.value(for: Array("e".utf8)) == nil)
    }

    @Test func `the order of the pairs is irrelevant`() throws {
        let one = try EncryptionContext([("a", "1"), ("b", "2"), ("ab", "3")])
        let other = try EncryptionContext([("ab", "3"), ("b", "2"), ("a", "1")])
        #expect(one == other)
        #expect(one.canonicalBytes == other.canonicalBytes)
    }

    @Test func `lengths keep keys and values apart`() throws {
        let one = try EncryptionContext([("a", "bc")])
        let other = try EncryptionContext([("ab", "c")])
        #expect(one.canonicalBytes != other.canonicalBytes)
    }

    @Test func `no context and an empty one are the same`() throws {
        #expect(try EncryptionContext([(String, String)]()) == .empty)
        #expect(EncryptionContext.empty.canonicalBytes == [0, 0])
        #expect(EncryptionContext.empty.isEmpty)
    }

    @Test func `a key stands once, and each Unicode form is a key`() throws {
        #expect(throws: EncryptionContext.Invalid.duplicateKey(Array("a".utf8))) {
            try EncryptionContext([("a", "1"), ("b", "2"), ("a", "3")])
        }
        let both = try EncryptionContext([("\u{e9}", "1"), ("e\u{301}", "1")])
        #expect(both.pairs.map(\.key) == [decomposed, composed])
    }

    @Test func `what a length of two bytes cannot say is refused`() throws {
        let longest = [UInt8](repeating: 0x61, count: 65_535)
        let context = try EncryptionContext([(key: longest, value: longest)])
        #expect(context.canonicalBytes.count == 2 + 2 * (2 + 65_535))
        #expect(throws: EncryptionContext.Invalid.tooLong) {
            try EncryptionContext([(key: longest + [0x61], value: [])])
        }
        #expect(throws: EncryptionContext.Invalid.tooLong) {
            try EncryptionContext([(key: [], value: longest + [0x61])])
        }
    }
}
