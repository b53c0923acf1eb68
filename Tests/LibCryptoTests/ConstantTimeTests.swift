import LibCrypto
import Testing

@Suite struct ConstantTimeTests {
    private func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool { constantTimeEqual(a.span, b.span) }

    @Test func `equal bytes are equal, and no bytes equal no bytes`() {
        #expect(equal([1, 2, 3], [1, 2, 3]))
        #expect(equal([], []))
    }

    @Test func `a difference anywhere is seen`() {
        let bytes = [UInt8](0..<32)
        for place in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[place] ^= 1 << bit
                #expect(!equal(bytes, other))
            }
        }
    }

    @Test func `other lengths are never equal`() {
        #expect(!equal([1, 2, 3], [1, 2]))
        #expect(!equal([], [0]))
    }
}
