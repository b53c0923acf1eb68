import Locking
import Foundation
import LibCrypto
import OKMS
import OKMSWire
import TestSupport
import Testing

@testable import OKMSClient

/// What goes out, and what of it that comes back is believed.
@Suite(.timeLimit(.minutes(2))) struct OKMSClientTests {
    let arn: KeyARN
    init() throws { arn = try Names.arn() }

    @Test func `a request is one that a verifier believes`() throws {
        let server = try LoopbackServer { _, _ in .answer(200, "{}") }
        try client(of: server).disableKey(.arn(arn))
        let request = try #require(server.requests.first)
        #expect(String(decoding: request.body, as: UTF8.self) == #"{"KeyId":"\#(arn)"}"#)
        #expect(request.header("X-Amz-Target") == "TrentService.DisableKey")
        #expect(request.header("Content-Type") == "application/x-amz-json-1.1")
        #expect(request.header("Host") == "127.0.0.1:\(server.port)")
        let lines = request.head.split(separator: "\r\n").dropFirst()
        let head = RequestHead(
            headers: lines.map { line in
                let name = line.prefix { $0 != ":" }
                return HeaderField(
                    String(name),
                    line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces))
            })
        let verifier = SignatureVerifier(region: "eu-west-2")
        let claim = try verifier.claim(of: head)
        let time = try verifier.check(claim, of: head, now: 1_767_323_045)
        #expect(claim.accessKeyID == "AKID")
        try verifier.verify(
            claim, of: head, at: time,
            payloadHash: SignatureV4.payloadHash(request.body.span),
            with: SigningKey(secret: secret("sesame"), scope: claim.scope))
    }

    func dataKey(_ key: String = Names.arnText, _ plaintext: String = "QUJDRA==") -> String {
        #"{"KeyId":"\#(key)","CiphertextBlob":"AQID","Plaintext":"\#(plaintext)"}"#
    }

    @Test func `a data key is made and opened`() throws {
        let server = try LoopbackServer { _, _ in .answer(200, self.dataKey()) }
        let client = try client(of: server)
        let made = try client.generateDataKey(byteCount: 4, under: .arn(arn), context: .empty)
        let (plaintext, wrapped) = (made.plaintext.copy(), made.wrapped)
        #expect(plaintext == Array("ABCD".utf8))
        #expect(wrapped == WrappedDataKey(key: arn, ciphertext: [1, 2, 3]))
        let opened = try client.decrypt([9], under: .id(arn.key), context: .empty)
        let (again, blob) = (opened.plaintext.copy(), opened.wrapped.ciphertext)
        #expect(again == plaintext && blob == [9])
    }

    @Test func `an answer about another key is not believed`() throws {
        let other = Names.otherText
        let server = try LoopbackServer { _, _ in
            .answer(
                200,
                #"{"KeyId":"\#(other)","SourceKeyId":"\#(other)","CiphertextBlob":"AQID","#
                    + #""Plaintext":"QUJDRA=="}"#)
        }
        let client = try client(of: server)
        let key = KeyName.arn(arn)
        #expect(code { _ = try client.decrypt([1], under: key, context: .empty) } == .internal)
        #expect(
            code { _ = try client.decrypt([1], under: .id(arn.key), context: .empty) } == .internal)
        #expect(
            code {
                _ = try client.generateDataKey(byteCount: 4, under: key, context: .empty)
            } == .internal)
        #expect(
            code { _ = try client.encrypt(secret("a"), under: key, context: .empty) } == .internal)
        #expect(
            code {
                _ = try client.reEncrypt(
                    [1], from: key, context: .empty, under: .arn(try Names.arn(other)),
                    context: .empty)
            } == .internal)
        // Nothing was asked for in particular.
        #expect(code { _ = try client.decrypt([1], under: nil, context: .empty) } == nil)
        #expect(
            code { _ = try client.decrypt([1], under: .accountDefault, context: .empty) } == nil)
    }

    @Test func `a key of another length is not believed`() throws {
        let server = try LoopbackServer { _, _ in .answer(200, self.dataKey()) }
        let client = try client(of: server)
        for count in [3, 5, 32] {
            #expect(
                code {
                    _ = try client.generateDataKey(
                        byteCount: count, under: .arn(arn), context: .empty)
                } == .internal)
            #expect(code { _ = try client.generateRandom(byteCount: count) } == .internal)
        }
        #expect(code { _ = try client.generateRandom(byteCount: 4) } == nil)
    }

    @Test(arguments: [
        "", "{", "[]", "<html>", "{}", #"{"KeyId":"x"}"#, #"{"KeyId":5}"#,
        #"{"KeyId":"\#(Names.arnText)","CiphertextBlob":"AQID","Plaintext":"not base64"}"#,
        #"{"KeyId":"\#(Names.arnText)","CiphertextBlob":"","Plaintext":"QUJDRA=="}"#,
        #"{"KeyId":"\#(Names.arnText)","Plaintext":"QUJDRA=="}"#,
    ])
    func `what is no answer is a failure of the service`(_ body: String) throws {
        let server = try LoopbackServer { _, _ in .answer(200, body) }
        let client = try client(of: server)
        let error = #expect(throws: KeyServiceError.self) {
            _ = try client.generateDataKey(byteCount: 4, under: .arn(arn), context: .empty)
        }
        #expect(error?.code == .internal)
        #expect(error?.message.contains("QUJDRA") == false)
    }

    @Test func `errors keep code and message`() throws {
        let server = try LoopbackServer { _, _ in .error(400, "DisabledException", "it is off") }
        let client = try client(of: server)
        let error = #expect(throws: KeyServiceError.self) {
            _ = try client.decrypt([1], under: nil, context: .empty)
        }
        #expect(error == KeyServiceError(.disabled, "it is off"))
    }

    @Test func `a service without a default key asks for an ARN`() throws {
        let server = try LoopbackServer { _, _ in .error(400, "NotFoundException", "Alias missing")
        }
        let client = try client(of: server)
        let error = #expect(throws: KeyServiceError.self) {
            _ = try client.generateDataKey(byteCount: 4, under: .accountDefault, context: .empty)
        }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("name one by its ARN") == true)
        let other = #expect(throws: KeyServiceError.self) {
            _ = try client.generateDataKey(byteCount: 4, under: .arn(arn), context: .empty)
        }
        #expect(other?.message == "Alias missing")
    }

    func metadata(_ key: String) -> String {
        #"{"KeyMetadata":{"Arn":"\#(key)","CreationDate":1.5,"KeyState":"Enabled"}}"#
    }

    @Test func `the default key is known by its alias, which is asked for once`() throws {
        let server = try LoopbackServer { request, _ in
            let asked = String(decoding: request.body, as: UTF8.self)
            return .answer(
                200, self.metadata(asked.contains("0000") ? Names.otherText : Names.arnText))
        }
        let client = try client(of: server)
        #expect(try client.describeKey(.arn(arn)).isAccountDefault)
        #expect(try !client.describeKey(.arn(Names.arn(Names.otherText))).isAccountDefault)
        #expect(try client.describeKey(.accountDefault).isAccountDefault)
        #expect(server.requests.count == 4)
    }

    @Test func `a service that knows no default key has none`() throws {
        let server = try LoopbackServer { request, _ in
            String(decoding: request.body, as: UTF8.self).contains("alias")
                ? .error(400, "NotFoundException") : .answer(200, self.metadata(Names.arnText))
        }
        let client = try client(of: server)
        for _ in 0..<2 { #expect(try !client.describeKey(.arn(arn)).isAccountDefault) }
        #expect(server.requests.count == 3)
    }

    @Test func `pages are followed to the last`() throws {
        let server = try LoopbackServer { request, _ in
            let isFirst = !String(decoding: request.body, as: UTF8.self).contains("Marker")
            let keys = #""Keys":[{"KeyId":"x","KeyArn":"\#(Names.arnText)"}]"#
            return .answer(
                200,
                isFirst
                    ? #"{\#(keys),"NextMarker":"m","Truncated":true}"#
                    : #"{\#(keys),"Truncated":false}"#)
        }
        #expect(try client(of: server).allKeys() == [arn, arn])
    }

    @Test func `calls without an answer take any body`() throws {
        for body in ["", "{}", "null"] {
            let server = try LoopbackServer { _, _ in .answer(200, body) }
            try client(of: server).enableKey(.arn(arn))
        }
    }

    @Test func `several threads use one client`() throws {
        let server = try LoopbackServer { _, _ in .answer(200, self.dataKey()) }
        let client = try client(of: server)
        let wrong = Monitor<[Int]>([])
        DispatchQueue.concurrentPerform(iterations: 40) { index in
            do {
                _ = try client.generateDataKey(byteCount: 4, under: .arn(arn), context: .empty)
            } catch {
                wrong.update { $0.append(index) }
            }
        }
        #expect(wrong.read { $0 }.isEmpty)
    }
}
