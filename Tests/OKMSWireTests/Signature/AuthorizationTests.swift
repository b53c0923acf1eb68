import OKMS
import TestSupport
import Testing

@testable import OKMSWire

@Suite struct AuthorizationTests {
    static let signature = String(repeating: "0a", count: 32)
    static let value: String =
        "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-west-2/kms/aws4_request, "
        + "SignedHeaders=host;x-amz-date, Signature=" + signature

    @Test func `three fields are read, in any order and spacing`() throws {
        let read = try Authorization(Self.value)
        #expect(read.accessKeyID == "AKID")
        #expect(read.scope.description == "20260102/eu-west-2/kms/aws4_request")
        #expect(read.signedHeaders == ["host", "x-amz-date"])
        let fields = [
            "Signature=\(Self.signature)", "SignedHeaders=host;x-amz-date",
            "Credential=AKID/20260102/eu-west-2/kms/aws4_request",
        ]
        for separator in [",", " , ", ",\t  ", ", "] {
            let value = "AWS4-HMAC-SHA256  " + fields.joined(separator: separator) + " "
            #expect(try Authorization(value) == read)
        }
    }

    /// What is replaced by what in a good value.
    static let changes: [(String, String)] = [
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), ("AWS4", "OSC4"), ("aws4_request", "osc4_request"),
        ("AKID/", "/"), ("/kms/", "/"), ("/kms/", "/kms/kms/"), ("20260102", "2026010x"),
        ("host;", "x-host;"), ("host;x-amz-date", "host;host"), ("host", "Host"), ("host;", ";"),
        ("0a0a", "0A0A"), ("Signature=0a", "Signature="), ("Signature=", "Signature=1, Signature="),
        ("Signature=", "Extra=1, Signature="), (", Signature=", ",, Signature="),
        ("AKID", "A\u{e9}"), ("AWS4-HMAC-SHA256 ", ""),
    ]

    @Test(arguments: changes.map { value.replacing($0.0, with: $0.1) } + ["", "AWS4-HMAC-SHA256 "])
    func `anything else is malformed`(_ value: String) {
        let error = #expect(throws: KeyServiceError.self) { try Authorization(value) }
        #expect(error?.code == .incompleteSignature)
    }

    @Test func `no prefix is a whole one, and none traps`() {
        for end in Self.value.indices {
            #expect(throws: KeyServiceError.self) { try Authorization(String(Self.value[..<end])) }
        }
    }

    @Test func `flipped bits change what is read or are refused`() throws {
        let read = try Authorization(Self.value)
        let bytes = Array(Self.value.utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                let other = try? Authorization(text(changed))
                // A comma's neighbours may be any white space.
                if let other, other == read { #expect([0x20, 0x09].contains(changed[index])) }
            }
        }
    }

    @Test func `no text traps`() {
        var generator = SeededGenerator(seed: 1)
        let words = [
            "Credential=", "SignedHeaders=", "Signature=", ",", "/", ";", " ", "aws4_request",
        ]
        for _ in rounds(2000) {
            var bytes = Array(Self.value.utf8)
            for _ in 0..<3 { generator.mutate(&bytes, words: words.map { Array($0.utf8) }) }
            if let read = try? Authorization(text(bytes)) {
                #expect(read.signature.utf8.count == 64)
                #expect(read.signedHeaders == read.signedHeaders.sorted())
            }
        }
    }
}
