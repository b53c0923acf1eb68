import Foundation
import LibCrypto
import TestSupport
import Testing

@testable import OKMSWire

/// The public test suites of botocore and aws-c-auth.
@Suite(.enabled(if: VectorFolder.isExpected, "there is no folder of test vectors"))
struct SignatureVectorTests {
    static let scope = CredentialScope(day: "20150830", region: "us-east-1", service: "service")
    static let time = "20150830T123600Z"

    static func key() throws -> SigningKey {
        try SigningKey(secret: secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), scope: scope)
    }

    struct Context: Decodable {
        struct Credentials: Decodable { let token: String? }
        let credentials: Credentials
        let normalize: Bool
        let sign_body: Bool
        let omit_session_token: Bool?
    }

    static func cases(_ folder: String) -> [String] {
        let found = try? FileManager.default.contentsOfDirectory(
            atPath: "\(VectorFolder.path)/sigv4/\(folder)")
        return (found ?? []).filter { $0.contains("-") }.sorted()
    }

    @Test func `all cases of aws-c-auth that the folder promises are there`() {
        #expect(Self.cases("aws-c-auth-v4").count == 38)
    }

    @Test(arguments: cases("aws-c-auth-v4"))
    func `aws-c-auth's requests are signed as it signs them`(_ name: String) throws {
        let folder = "sigv4/aws-c-auth-v4/\(name)"
        let context = try JSONDecoder().decode(
            Context.self, from: Data(VectorFolder.contents(of: "\(folder)/context.json")))
        var request = RawRequest(try VectorFolder.contents(of: "\(folder)/request.txt"))
        let hash = SignatureV4.payloadHash(request.body.span)
        request.head.headers.append(HeaderField("X-Amz-Date", Self.time))
        if context.sign_body {
            request.head.headers.append(HeaderField("x-amz-content-sha256", text(hash)))
        }
        if let token = context.credentials.token, context.omit_session_token != true {
            request.head.headers.append(HeaderField("X-Amz-Security-Token", token))
        }
        try check(
            request.head, hash, normalizing: context.normalize,
            canonical: "\(folder)/header-canonical-request.txt",
            toSign: "\(folder)/header-string-to-sign.txt",
            signature: text(try VectorFolder.contents(of: "\(folder)/header-signature.txt")))
    }

    static func botocoreCases() -> [(name: String, path: String)] {
        let folder = "sigv4/botocore-aws4_testsuite"
        let all = FileManager.default.enumerator(atPath: "\(VectorFolder.path)/\(folder)")
        let found = (all?.allObjects as? [String]) ?? []
        return found.filter { $0.hasSuffix(".req") }.sorted().map { file in
            let path = String(file.dropLast(4))
            return (path.split(separator: "/").last.map(String.init) ?? path, "\(folder)/\(path)")
        }
    }

    @Test func `all cases of botocore that the folder promises are there`() {
        #expect(Self.botocoreCases().count == 34)
    }

    @Test(arguments: botocoreCases().map(\.path))
    func `botocore's requests are signed as it signs them`(_ path: String) throws {
        // The request lacks the token that its canonical form has; aws-c-auth has the same case.
        guard !path.hasSuffix("get-vanilla-with-session-token") else { return }
        var request = RawRequest(try VectorFolder.contents(of: "\(path).req"))
        if request.head.values(of: "x-amz-date").isEmpty {
            request.head.headers.append(HeaderField("X-Amz-Date", Self.time))
        }
        let hash = SignatureV4.payloadHash(request.body.span)
        let authorization = text(try VectorFolder.contents(of: "\(path).authz"))
        let signature = authorization.split(separator: "Signature=").last.map(String.init) ?? ""
        try check(
            request.head, hash, normalizing: true, canonical: "\(path).creq",
            toSign: "\(path).sts", signature: signature)
    }

    private func check(
        _ head: RequestHead, _ hash: [UInt8], normalizing: Bool, canonical: String,
        toSign: String, signature: String
    ) throws {
        let signed = Set(head.headers.map { $0.name.lowercased() }).sorted()
        let request = SignatureV4.canonicalRequest(
            head, signedHeaders: signed, payloadHash: hash, normalizingPath: normalizing)
        #expect(text(request) == text(try lines(of: canonical)))
        let string = SignatureV4.stringToSign(request, time: Self.time, scope: Self.scope)
        #expect(text(string) == text(try lines(of: toSign)))
        #expect(
            text(try Self.key().signature(of: string))
                == signature.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    private func lines(of file: String) throws -> [UInt8] {
        try VectorFolder.contents(of: file).filter { $0 != 0x0d }
    }
}
