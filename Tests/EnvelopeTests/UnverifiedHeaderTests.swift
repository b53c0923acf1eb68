import Envelope
import OKMS
import Testing

@Suite struct UnverifiedHeaderTests {
    /// 61 bytes before the context's pairs end, one wrapped key, frames of 16.
    private static func bytes() throws -> [UInt8] {
        let context = try Sample.context(("a", "1"), ("b", "2"))
        let message = try Sample.message([], context: context)
        return Array(message.prefix(try Sample.header(message).byteCount))
    }

    private static let contextOffset = 35
    private static let wrappedKeysOffset = 35 + 2 + 14

    private func refusal(_ bytes: [UInt8]) -> EnvelopeError? {
        do throws(EnvelopeError) {
            _ = try Sample.header(bytes)
            return nil
        } catch {
            return error
        }
    }

    private func refusal(_ edit: (inout [UInt8]) -> Void) throws -> EnvelopeError? {
        var bytes = try Self.bytes()
        edit(&bytes)
        return refusal(bytes)
    }

    @Test func `a truncated header names the missing byte count`() throws {
        #expect(refusal([]) == .truncated(needed: 1, offset: 0))
        #expect(refusal([2]) == .truncated(needed: 2, offset: 1))
        #expect(refusal([2, 4, 0x78]) == .truncated(needed: 32, offset: 3))
        let bytes = try Self.bytes()
        #expect(
            refusal(bytes.dropLast(1)) == .truncated(needed: 1, offset: bytes.count - 1))
        #expect(
            refusal(Array(bytes.prefix(Self.contextOffset + 4)))
                == .truncated(needed: 12, offset: Self.contextOffset + 4))
    }

    @Test func `every prefix asks for more, and with that much more there is progress`() throws {
        let bytes = try Self.bytes()
        for count in bytes.indices {
            guard case .truncated(let needed, let offset)? = refusal(Array(bytes[..<count])) else {
                Issue.record("a prefix of \(count) bytes is not truncated")
                continue
            }
            #expect(offset == count && needed > 0 && count + needed <= bytes.count)
        }
        #expect(refusal(bytes) == nil)
    }

    @Test func `what follows a header is left alone`() throws {
        let bytes = try Self.bytes()
        #expect(try Sample.header(bytes + [1, 2, 3]).byteCount == bytes.count)
    }

    @Test func `other versions and suites are refused`() throws {
        #expect(try refusal { $0[0] = 3 } == .malformed(.version, offset: 0))
        #expect(try refusal { $0[0] = 0x41 } == .malformed(.version, offset: 0))
        #expect(refusal([1, 0x81]) == .malformed(.version, offset: 1))
        #expect(
            refusal([1, 0x80, 0x03, 0x78])
                == .unsupportedSuite(MessageSuite(id: 0x0378), formatVersion: 1))
        #expect(
            refusal([2, 0x05, 0x78])
                == .unsupportedSuite(MessageSuite(id: 0x0578), formatVersion: 2))
        #expect(MessageSuite(id: 0x1234).description == "0x1234")
        #expect(MessageSuite(id: 0x14).description == "0x0014 (AES_128_GCM_IV12_TAG16)")
    }

    @Test func `a context whose lengths do not come out even is refused`() throws {
        let start = Self.contextOffset + 2
        // One pair fewer than there is, one more, a key that is too long, no pair at all.
        #expect(
            try refusal { $0[start + 1] = 1 } == .malformed(.encryptionContext, offset: start + 8))
        #expect(
            try refusal { $0[start + 1] = 3 } == .malformed(.encryptionContext, offset: start + 14))
        #expect(
            try refusal { $0[start + 2] = 0xff }
                == .malformed(.encryptionContext, offset: start + 4))
        #expect(
            try refusal { $0.replaceSubrange(35..<51, with: [0, 2, 0, 0]) }
                == .malformed(.encryptionContext, offset: start))
        #expect(
            try refusal { $0.replaceSubrange(35..<51, with: [0, 1, 0]) }
                == .malformed(.encryptionContext, offset: start))
    }

    @Test func `a key that stands twice in the context is refused`() throws {
        let start = Self.contextOffset + 2
        #expect(
            try refusal { $0[start + 10] = 0x61 } == .malformed(.encryptionContext, offset: start))
    }

    @Test func `a context that is not UTF-8 is refused`() throws {
        let start = Self.contextOffset + 2
        #expect(
            try refusal { $0[start + 4] = 0xff }
                == .malformed(.encryptionContext, offset: start + 4))
    }

    @Test func `a signing key in an unsigned message is refused`() throws {
        let pairs = [(key: Array("aws-crypto-public-key".utf8), value: [UInt8]())]
        let context = try EncryptionContext(pairs).canonicalBytes
        #expect(
            try refusal {
                $0.replaceSubrange(35..<51, with: [0, UInt8(context.count)] + context)
            } == .reservedContextKey(pairs[0].key))
    }

    @Test func `wrapped keys are one to eight`() throws {
        let start = Self.wrappedKeysOffset
        #expect(try refusal { $0[start + 1] = 0 } == .malformed(.wrappedKeys, offset: start))
        #expect(
            try refusal { $0[start + 1] = 9 }
                == .overLimit(.wrappedKeys, 9, limit: 8, offset: start))
        #expect(
            try refusal { $0[start] = 0xff }
                == .overLimit(.wrappedKeys, 0xff01, limit: 8, offset: start))
    }

    @Test func `content type and frame length fit each other and the limits`() throws {
        let count = try Self.bytes().count
        let type = count - 16 - 32 - 5
        #expect(try refusal { $0[type] = 0 } == .malformed(.contentType, offset: type))
        #expect(try refusal { $0[type] = 3 } == .malformed(.contentType, offset: type))
        #expect(try refusal { $0[type] = 1 } == .malformed(.frameLength, offset: type + 1))
        #expect(try refusal { $0[type + 4] = 0 } == .malformed(.frameLength, offset: type + 1))
        #expect(
            try refusal { $0[type + 1] = 4 }
                == .overLimit(.frameLength, 64 << 20 | 16, limit: 64 << 20, offset: type + 1))
        #expect(try refusal { $0.replaceSubrange(type...type + 4, with: [1, 0, 0, 0, 0]) } == nil)
    }
}
