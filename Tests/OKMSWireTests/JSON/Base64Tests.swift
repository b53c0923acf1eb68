import Foundation
import LibCrypto
import OKMS
import TestSupport
import Testing

@testable import OKMSWire

@Suite struct Base64Tests {
    private func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        Base64.append(bytes.span, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    @Test func `every length and every byte is as Foundation has it`() throws {
        var generator = SeededGenerator(seed: 2)
        for count in 0...80 {
            let bytes = generator.bytes(count)
            let expected = Data(bytes).base64EncodedString()
            #expect(encode(bytes) == expected)
            #expect(Base64.decode(expected) == bytes)
        }
        let all = Array(UInt8.min...UInt8.max)
        #expect(Base64.decode(encode(all)) == all)
    }

    @Test(arguments: [
        "A", "AA", "AAA", "AA=", "A===", "====", "=", "AAAA=", "AA==AA==", "A=AA", "AB==", "AAB=",
        "AAA\n", "AA A", "AA-_", "\u{e9}\u{e9}", "AAAA AAAA", "=AAA",
    ])
    func `what is not whole base64 is not decoded`(_ text: String) {
        #expect(Base64.decode(text) == nil)
        let bytes = Array(text.utf8)
        #expect(throws: KeyServiceError.self) {
            _ = try Base64.decodeSecret(bytes.span, in: 0..<bytes.count, member: "M")
        }
    }

    @Test func `a single character outside the alphabet is found`() {
        for character in UInt8.min...UInt8.max {
            let text = text([0x41, character, 0x41, 0x41])
            let isBase64 =
                Character(UnicodeScalar(character)).isLetter && character < 0x80
                || 0x30...0x39 ~= character || character == 0x2b || character == 0x2f
            #expect((Base64.decode(text) != nil) == isBase64)
        }
    }

    @Test func `secrets are decoded through the escapes of JSON`() throws {
        let bytes = Array(#""+\/\u002bA\u003D==""#.utf8)
        #expect(throws: KeyServiceError.self) {
            _ = try Base64.decodeSecret(bytes.span, in: 1..<(bytes.count - 1), member: "M")
        }
        let good = Array(#"+\/\u002bA\u002f\u0041=="#.utf8)
        let decoded = try Base64.decodeSecret(good.span, in: 0..<good.count, member: "M")
        guard let decoded else {
            Issue.record("nothing was decoded")
            return
        }
        let found = decoded.copy()
        #expect(found == Base64.decode("+/+A/A=="))
    }

    @Test func `secrets of every length survive`() throws {
        var generator = SeededGenerator(seed: 3)
        for count in 1...70 {
            let bytes = generator.bytes(count)
            let body = Array(encode(bytes).utf8)
            let decoded = try Base64.decodeSecret(body.span, in: 0..<body.count, member: "M")
            guard let decoded else { continue }
            let found = decoded.copy()
            #expect(found == bytes)
        }
    }
}
