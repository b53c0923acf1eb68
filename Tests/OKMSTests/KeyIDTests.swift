import OKMS
import Testing

@Suite struct KeyIDTests {
    private let text = "1234abcd-12ab-34cd-56ef-1234567890ab"

    @Test func `a key id is read in either case and written in lower case`() throws {
        let id = try #require(KeyID(text))
        #expect(KeyID(text.uppercased()) == id)
        #expect(id.description == text)
        #expect(id.bytes.prefix(4) == [0x12, 0x34, 0xab, 0xcd])
        #expect(KeyID(bytes: id.bytes) == id)
    }

    @Test(arguments: [
        "", "default", "1234abcd12ab34cd56ef1234567890ab", "1234abcd-12ab-34cd-56ef-1234567890a",
        "1234abcd-12ab-34cd-56ef-1234567890abc", "1234abcd-12ab-34cd-56ef_1234567890ab",
        "g234abcd-12ab-34cd-56ef-1234567890ab", "{234abcd-12ab-34cd-56ef-1234567890a}",
        "1234abcd-12ab-34cd-56ef-1234567890é", "１234abcd-12ab-34cd-56ef-12345678ab",
    ])
    func `anything but a UUID in its canonical form is refused`(text: String) {
        #expect(KeyID(text) == nil)
    }

    @Test(arguments: [0, 15, 17]) func `a key id has exactly 16 bytes`(count: Int) {
        #expect(KeyID(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }
}
