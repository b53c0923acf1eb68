import LibCrypto
import Testing

@Suite struct RandomBytesTests {
    @Test func `random bytes are as many as asked for, and new every time`() throws {
        #expect(try randomBytes(count: 0).isEmpty)
        #expect(try randomBytes(count: 33).count == 33)
        #expect(try randomBytes(count: 32) != randomBytes(count: 32))
    }
}
