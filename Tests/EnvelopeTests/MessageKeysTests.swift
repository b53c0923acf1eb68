import Envelope
import LibCrypto
import Testing

@Suite struct MessageKeysTests {
    private static func hex(_ bytes: Span<UInt8>) -> String {
        bytes.indices.map { (bytes[$0] < 16 ? "0" : "") + String(bytes[$0], radix: 16) }.joined()
    }

    @Test func `keys of a data key and message id of zeros are the known ones`() throws {
        let zeros = [UInt8](repeating: 0, count: 32)
        let keys = try MessageKeys.derive(from: Sample.secret(zeros), messageID: Sample.id(0))
        #expect(
            keys.contentKey.withBytes(Self.hex)
                == "a9299dde8c7bafe70878698986e82e6378b94bf2cc29551824681647bae113a3")
        let commitment = keys.commitment
        #expect(
            Self.hex(commitment.span)
                == "433d837f59cb7e9bc6334d154aff831109c6372d98f8b5ac8588bff7efaba651")
    }

    @Test func `another message id makes other keys`() throws {
        let (one, other) = (try Sample.keys(Sample.id(1)), try Sample.keys(Sample.id(2)))
        #expect(one.commitment != other.commitment)
        #expect(one.contentKey.withBytes(Self.hex) != other.contentKey.withBytes(Self.hex))
    }

    @Test(arguments: [1, 16, 31, 33, 64])
    func `a data key of another length is refused`(count: Int) {
        let key = [UInt8](repeating: 1, count: count)
        #expect(throws: EnvelopeError.invalidDataKey(byteCount: count)) {
            try MessageKeys.derive(from: Sample.secret(key), messageID: Sample.messageID)
        }
    }

    @Test func `message ids are random, and 32 bytes or nothing`() throws {
        #expect(try MessageID.random() != MessageID.random())
        #expect(MessageID([UInt8](repeating: 0, count: 31)) == nil)
        #expect(Sample.id(10).description == String(repeating: "0a", count: 32))
    }
}
