import Foundation
import TestSupport
import Testing

@testable import Archive

@Suite struct JSONTextTests {
    private func json(_ body: (inout JSONText) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        var text = JSONText(after: &bytes)
        text.array(body)
        return text.bytes
    }

    private func randomString(_ random: inout SeededGenerator) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let limits: [UInt32] = [0x20, 0x80, 0x100, 0xd800, 0x11_0000]
            let limit = limits.randomElement(using: &random) ?? 0x80
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) {
                text.append(scalar)
            }
        }
        return String(text)
    }

    @Test func `another reader reads what is written`() throws {
        var random = SeededGenerator(seed: 4)
        for _ in rounds(500) {
            let strings = (0..<4).map { _ in randomString(&random) }
            let numbers = (0..<4).map { _ in
                Int.random(in: .min ... .max, using: &random)
                    >> Int.random(in: 0..<64, using: &random)
            }
            let text = json { json in
                json.object { json in
                    json.key("strings")
                    json.array { json in for string in strings { json.string(string.utf8) } }
                    json.key("numbers")
                    json.array { json in for number in numbers { json.integer(number) } }
                    json.key("none")
                    json.array { _ in }
                    json.key("nothing")
                    json.object { _ in }
                }
            }
            let value = try #require(
                try JSONSerialization.jsonObject(with: Data(text)) as? [[String: Any]])
            let read = try #require(value.first?["strings"] as? [String])
            #expect(read.map { Array($0.utf8) } == strings.map { Array($0.utf8) })
            // JSONSerialization makes some numbers of 19 digits inexact.
            struct Numbers: Decodable {
                let numbers: [Int]
            }
            let decoded = try JSONDecoder().decode([Numbers].self, from: Data(text))
            #expect(decoded.first?.numbers == numbers)
            #expect((value.first?["none"] as? [Int])?.isEmpty == true)
            #expect((value.first?["nothing"] as? [String: Int])?.isEmpty == true)
        }
    }

    @Test func `what another writer writes is read`() throws {
        var random = SeededGenerator(seed: 5)
        for round in rounds(500) {
            let strings = (0..<4).map { _ in randomString(&random) }
            let options: JSONSerialization.WritingOptions =
                round.isMultiple(of: 2) ? [.prettyPrinted] : [.withoutEscapingSlashes]
            let text = Array(try JSONSerialization.data(withJSONObject: strings, options: options))
            var scanner = JSONScanner(text, in: 0..<text.count)
            var read: [[UInt8]] = []
            try scanner.array { (json) throws(JSONScanner.Malformed) in
                read.append(try json.string())
            }
            try scanner.finish()
            #expect(read == strings.map { Array($0.utf8) })
        }
    }

    @Test func `escapes of every kind are read`() throws {
        let text = bytes(#""\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\uDD11""#)
        var scanner = JSONScanner(text, in: 0..<text.count)
        #expect(try scanner.string() == bytes("\"\\/\u{8}\u{c}\n\r\tA\u{e9}\u{20ac}\u{1f511}"))
        try scanner.finish()
    }

    @Test(arguments: [
        #"""#, #""abc"#, #""\"#, #""\x""#, #""\u12""#, #""\u123g""#, #""\ud83d""#, #""\ud83dx""#,
        #""\ud83d\n""#, #""\ud83d\u0041""#, #""\udd11""#, "\"a\nb\"", "\"\u{1f}\"", "\"\\n\u{0}\"",
        "abc", "", " ",
    ])
    func `text that is no string is refused`(text: String) {
        let text = bytes(text)
        #expect(throws: JSONScanner.Malformed.self) {
            var scanner = JSONScanner(text, in: 0..<text.count)
            _ = try scanner.string()
            try scanner.finish()
        }
    }

    @Test(arguments: [
        [0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0x5c, 0x6e, 0xff],
    ])
    func `strings that are not UTF-8 are refused`(content: [UInt8]) {
        let text = bytes("\"") + content + bytes("\"")
        #expect(throws: JSONScanner.Malformed.self) {
            var scanner = JSONScanner(text, in: 0..<text.count)
            _ = try scanner.string()
        }
    }

    @Test(arguments: [0, 1, -1, 9, 10, -10, 1 << 60, .max, .min + 1])
    func `numbers are read back`(number: Int) throws {
        var text = json { $0.integer(number) }
        text += bytes(" ")
        var scanner = JSONScanner(text, in: 0..<text.count)
        try scanner.array { (json) throws(JSONScanner.Malformed) in
            #expect(try json.integer() == number)
        }
        try scanner.finish()
    }

    @Test(arguments: [
        "", "-", "+1", "1.5", "1e3", "01", "-01", "00", "0x1", "9223372036854775808",
        "-9223372036854775809", "99999999999999999999999", "1 2", "- 1", "\"1\"", "null",
    ])
    func `text that is no whole number of 64 bits is refused`(text: String) {
        let text = bytes(text)
        #expect(throws: JSONScanner.Malformed.self) {
            var scanner = JSONScanner(text, in: 0..<text.count)
            _ = try scanner.integer()
            try scanner.finish()
        }
    }

    @Test func `a scanner stays within its range`() throws {
        let text = bytes("123456")
        var scanner = JSONScanner(text, in: 1..<4)
        #expect(try scanner.integer() == 234)
        try scanner.finish()
        #expect(scanner.position == 4)
    }
}
