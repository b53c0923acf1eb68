import Foundation
import OKMS
import TestSupport
import Testing

@testable import OKMSWire

@Suite struct JSONReaderTests {
    func read(_ bytes: [UInt8]) throws -> [JSONMember] {
        try JSONReader.object(in: bytes.span, secretNames: ["Plaintext"])
    }

    func read(_ json: String) throws -> [JSONMember] { try read(Array(json.utf8)) }

    @Test func `all kinds of values are read`() throws {
        let members = try read(
            #" { "a" : null , "b":true,"c":false,"d":-12,"e":1.5e2,"f":"x","g":[1,[]],"h":{"i":{}}} "#
        )
        #expect(members.map(\.name) == ["a", "b", "c", "d", "e", "f", "g", "h"])
        #expect(
            members.map(\.value.kind) == [
                "null", "a boolean", "a boolean", "a number", "a number", "a string", "a list",
                "an object",
            ])
        guard case .number(150) = members[4].value, case .integer(-12) = members[3].value else {
            Issue.record("numbers are read wrong")
            return
        }
    }

    @Test(arguments: [
        (#""\u00e9\n\"\\\/\b\f\r\t""#, "\u{e9}\n\"\\/\u{8}\u{c}\r\t"),
        (#""\ud83d\ude00é""#, "\u{1f600}\u{e9}"), (#""e\u0301""#, "e\u{301}"),
        (#""\u0000""#, "\0"),
    ])
    func `strings are unescaped, and not normalised`(_ json: String, _ expected: String) throws {
        guard case .text(let text)? = try read("{\"a\":\(json)}").first?.value else {
            Issue.record("no text")
            return
        }
        #expect(text.unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test(arguments: [
        "", " ", "null", "[]", "\"a\"", "1", "{", "{}x", "{},", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "{,}", "{a:1}", "{'a':1}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}",
        "{\"a\":1e}", "{\"a\":1e999}", "{\"a\":-}", "{\"a\":NaN}", "{\"a\":tru}", "{\"a\":nul}",
        "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"", "{\"a\":\"\\",
        "{\"a\":[1,]}",
        "{\"a\":[1 2]}", "\u{feff}{}", "{}\0", "{\"a\":1 /* b */}",
    ])
    func `what is no JSON object is refused`(_ json: String) {
        let error = #expect(throws: KeyServiceError.self) { try read(json) }
        #expect(error?.code == .serialization)
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        for bytes in [
            [0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80],
        ] {
            let json = Array("{\"a\":\"".utf8) + bytes.map { UInt8($0) } + Array("\"}".utf8)
            #expect(throws: KeyServiceError.self) { try read(json) }
        }
    }

    @Test func `a name stands once in an object, compared by bytes`() throws {
        for json in [#"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"{"b":{"a":1,"a":1}}"#] {
            #expect(throws: KeyServiceError.self) { try read(json) }
        }
        #expect(try read(#"{"\u00e9":1,"e\u0301":2}"#).count == 2)
    }

    @Test func `nesting has a limit`() {
        let deep = { (count: Int) in
            "{\"a\":" + String(repeating: "[", count: count)
                + String(repeating: "]", count: count) + "}"
        }
        #expect(throws: Never.self) { try read(deep(JSONReader.depthLimit - 1)) }
        #expect(throws: KeyServiceError.self) { try read(deep(JSONReader.depthLimit)) }
        #expect(throws: KeyServiceError.self) { try read(deep(100_000)) }
    }

    @Test func `secret text is not copied, but elsewhere it is text`() throws {
        let members = try read(#"{"Plaintext":"QUJD","x":{"Plaintext":"QUJD"}}"#)
        guard case .secretText(14..<18) = members[0].value,
            case .object(let inner) = members[1].value,
            case .text("QUJD") = inner[0].value
        else {
            Issue.record("secrets are read wrong")
            return
        }
    }

    static let sample = Array(
        #"{"KeyId":"\u00e9é","Limit":-1.5e3,"Tags":[{"TagKey":"a"},null,true],"Plaintext":"QQ=="}"#
            .utf8)

    @Test func `no prefix is an object`() {
        for end in Self.sample.indices {
            #expect(throws: KeyServiceError.self) { try read(Array(Self.sample[..<end])) }
        }
    }

    @Test func `what is accepted after bits flipped, Foundation accepts too`() throws {
        for index in Self.sample.indices {
            for bit in 0..<8 {
                var changed = Self.sample
                changed[index] ^= 1 << bit
                // What stays in the body is not looked into: base64 is read where it is wanted.
                let isSecret = Self.sample[..<index].count >= Self.sample.count - 6
                guard !isSecret, (try? read(changed)) != nil else { continue }
                #expect(throws: Never.self) {
                    try JSONSerialization.jsonObject(with: Data(changed))
                }
            }
        }
    }

    @Test func `no bytes trap`() throws {
        var generator = SeededGenerator(seed: 4)
        let words = [
            "\"", "\\", "\\u", "{", "}", "[", "]", ",", ":", "null", "1e", "\"Plaintext\":\"",
            "\u{1f600}",
        ]
        for _ in rounds(3000) {
            var bytes = Self.sample
            for _ in 0..<4 { generator.mutate(&bytes, words: words.map { Array($0.utf8) }) }
            guard (try? read(bytes)) != nil else { continue }
            for action in [KeyAction.encrypt, .createKey, .listKeys] {
                _ = try? WireRequest(action, body: bytes.span)
            }
        }
    }
}
