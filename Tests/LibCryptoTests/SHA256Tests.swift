import LibCrypto
import Testing

@Suite struct SHA256Tests {
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// FIPS 180-4's own examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `known answers come out`(text: String, digest: String) {
        #expect(Self.hex(SHA256.digest(Array(text.utf8).span)) == digest)
    }

    @Test func `a million times a, in pieces`() {
        var running = SHA256()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
        for _ in 0..<1000 { running.update(piece.span) }
        let digest = running.finish()
        #expect(
            Self.hex(digest) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `after its end a running digest starts anew`() {
        var running = SHA256()
        running.update([1, 2, 3].span)
        let first = running.finish()
        running.update([1, 2, 3].span)
        let second = running.finish()
        let third = running.finish()
        #expect(first == second)
        #expect(third == SHA256.digest([UInt8]().span))
    }
}
