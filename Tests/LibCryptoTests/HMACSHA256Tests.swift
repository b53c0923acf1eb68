import LibCrypto
import Testing

@Suite struct HMACSHA256Tests {
    struct Case: Decodable, Sendable {
        let tcId: Int
        let key, msg, tag: WycheproofVectors.Hex
        let result: String
    }

    @Test(.enabled(if: WycheproofVectors.isExpected, "no vectors at SEALPIPE_VECTORS"))
    func `all 174 vectors pass, truncated tags by their beginning`() throws {
        let file = try WycheproofVectors.load("hmac_sha256_test.json", of: Case.self)
        var (valid, invalid) = (0, 0)
        for group in file.testGroups {
            for test in group.tests {
                let full = try HMACSHA256.authenticate(
                    test.msg.bytes.span, key: WycheproofVectors.secret(test.key.bytes))
                #expect(full.count == HMACSHA256.byteCount)
                let tag = Array(full.prefix((group.tagSize ?? 0) / 8))
                let isEqual = constantTimeEqual(tag.span, test.tag.bytes.span)
                #expect(isEqual == (test.result == "valid"), "test \(test.tcId)")
                if test.result == "valid" { valid += 1 } else { invalid += 1 }
            }
        }
        #expect(valid == 66 && invalid == 108)
    }

    /// RFC 4231 §4.3.
    @Test func `the known answer of RFC 4231 comes out`() throws {
        let tag = try HMACSHA256.authenticate(
            Array("what do ya want for nothing?".utf8).span,
            key: WycheproofVectors.secret(Array("Jefe".utf8)))
        let hex = tag.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func `no message has a tag too`() throws {
        let tag = try HMACSHA256.authenticate([UInt8]().span, key: WycheproofVectors.secret([0]))
        let other = try HMACSHA256.authenticate([0].span, key: WycheproofVectors.secret([0]))
        #expect(tag.count == 32 && tag != other)
    }
}
