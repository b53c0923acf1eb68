import Foundation
import NIOCore
import NIOHTTP1
import OKMS
import OKMSEngine
import OKMSServerSupport
import Testing

@testable import OKMSServer

@Suite struct KeyServiceResponderTests {
    @Test func `a data key is handed out once and its wrapped form opens`() throws {
        let service = try TestService()
        let client = try service.client()
        let made = service.responder.respond(
            to: try client.request(
                "GenerateDataKey",
                #"{"KeyId":"alias/okms/default","KeySpec":"AES_256","EncryptionContext":{"a":"b"}}"#
            ))
        #expect(made.outcome == "ok")
        #expect(made.isSecret)
        let text = String(buffer: made.body)
        let blob = try #require(text.firstMatch(of: /"CiphertextBlob":"([^"]+)"/)).1
        let key = try #require(text.firstMatch(of: /"Plaintext":"([^"]+)"/)).1
        let opened = service.responder.respond(
            to: try client.request(
                "Decrypt",
                #"{"CiphertextBlob":"\#(blob)","EncryptionContext":{"a":"b"}}"#))
        #expect(String(buffer: opened.body).contains("\"Plaintext\":\"\(key)\""))
        let wrong = service.responder.respond(
            to: try client.request("Decrypt", #"{"CiphertextBlob":"\#(blob)"}"#))
        #expect(wrong.outcome == "InvalidCiphertextException")
    }

    @Test func `actions that answer nothing answer an empty object`() throws {
        let service = try TestService()
        let key = try service.engine.service().createKey(description: "").arn
        let response = service.responder.respond(
            to: try service.client().request("EnableKey", #"{"KeyId":"\#(key)"}"#))
        #expect(String(buffer: response.body) == "{}")
    }

    @Test func `an access key does what it is allowed, and no more`() throws {
        let service = try TestService()
        let client = try service.client(actions: [.generateDataKey, .describeKey])
        let allowed = try client.request("DescribeKey", #"{"KeyId":"alias/okms/default"}"#)
        #expect(service.responder.respond(to: allowed).outcome == "ok")
        for (action, body) in [("Decrypt", #"{"CiphertextBlob":"AAAA"}"#), ("ListKeys", "{}")] {
            let response = service.responder.respond(to: try client.request(action, body))
            #expect(response.outcome == "AccessDeniedException")
        }
    }

    @Test func `a key of another account looks like none`() throws {
        let service = try TestService()
        let other = try service.engine.createAccount()
        let client = try service.client()
        let foreign = service.responder.respond(
            to: try client.request("DescribeKey", #"{"KeyId":"\#(other.defaultKey.key)"}"#))
        let missing = service.responder.respond(
            to: try client.request(
                "DescribeKey", #"{"KeyId":"00000000-0000-4000-8000-000000000000"}"#))
        #expect(foreign.outcome == "NotFoundException")
        #expect(missing.outcome == "NotFoundException")
        let own = try service.client(of: other.id)
        let request = try own.request("DescribeKey", #"{"KeyId":"\#(other.defaultKey.key)"}"#)
        #expect(service.responder.respond(to: request).outcome == "ok")
    }

    @Test(arguments: [
        ("ListKeys", "", "SerializationException"), ("ListKeys", "[]", "SerializationException"),
        ("ListKeys", #"{"Limit":1,"Limit":2}"#, "SerializationException"),
        ("ListKeys", #"{"Limit":0}"#, "ValidationException"),
        ("ListKeys", "{\"Marker\":\"\u{0}\"}", "SerializationException"),
        ("Nothing", "{}", "UnknownOperationException"),
        ("GenerateDataKey", #"{"KeyId":"alias/okms/default"}"#, "ValidationException"),
        ("CreateKey", #"{"KeyUsage":"SIGN_VERIFY"}"#, "UnsupportedOperationException"),
    ])
    func `a bad body is refused by its documented error`(
        action: String, body: String, outcome: String
    ) throws {
        let service = try TestService()
        let response = service.responder.respond(to: try service.client().request(action, body))
        #expect(response.status.code == 400)
        #expect(response.outcome == outcome)
    }

    @Test func `random bodies never fail but by an error of the protocol`() throws {
        let service = try TestService()
        let client = try service.client()
        var generator = SystemRandomNumberGenerator()
        let seed =
            #"{"KeyId":"alias/okms/default","KeySpec":"AES_256","EncryptionContext":{"a":"b"}}"#
        for _ in 0..<300 {
            var bytes = Array(seed.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                bytes[place] = UInt8(Int.random(in: 0x20...0x7e, using: &generator))
            }
            let body = String(decoding: bytes, as: UTF8.self)
            let response = service.responder.respond(
                to: try client.request("GenerateDataKey", body))
            #expect([200, 400].contains(response.status.code), "\(body)")
            #expect(!response.outcome.isEmpty)
        }
    }

    @Test func `calls over the rate are throttled with status 400`() throws {
        let service = try TestService(rates: [.reading: RateLimit(perSecond: 1)])
        let client = try service.client()
        let outcomes = try (0..<5).map { _ in
            service.responder.respond(to: try client.request("ListKeys"))
        }
        #expect(outcomes.map(\.outcome).filter { $0 == "ok" }.count == 2)
        #expect(outcomes.last?.outcome == "ThrottlingException")
        #expect(outcomes.last?.status.code == 400)
        service.wait(seconds: 1)
        #expect(service.responder.respond(to: try client.request("ListKeys")).outcome == "ok")
        #expect(service.metrics.page().contains("\nokmsd_throttled_total 3\n"))
    }

    @Test func `errors for osc-cli have the content type it reads`() throws {
        let service = try TestService()
        let client = try service.client()
        let request = try client.request(
            "Nothing", unsigned: [("User-Agent", "osc-cli/1.11.0 osc_sdk/1.11.0")])
        let response = service.responder.respond(to: request)
        #expect(response.headers.first(name: "content-type") == "application/json")
    }

    @Test func `every request leaves one record`() throws {
        let service = try TestService()
        let client = try service.client()
        let before = try service.auditLines().count
        let requests = [
            try client.request("ListKeys"),
            try client.request("DescribeKey", #"{"KeyId":"nothing"}"#),
            try client.request("ListKeys", "bad"), try client.request("Nothing"),
            try client.guessing.request("ListKeys"),
            try client.request("ListKeys", at: 1_000_000_000),
        ]
        for request in requests { _ = service.responder.respond(to: request) }
        _ = service.responder.refuse(requests[0], status: .notFound)
        _ = service.responder.refuse(.bodyTooLarge, from: requests[0].source)
        let records = try service.auditLines().dropFirst(before)
        let outcomes = records.compactMap { $0.firstMatch(of: /"outcome":"(\w+)"/)?.1 }
        #expect(
            outcomes == [
                "ok", "NotFoundException", "SerializationException", "UnknownOperationException",
                "InvalidSignatureException", "InvalidSignatureException",
                "UnknownOperationException", "ValidationException",
            ])
        #expect(records.allSatisfy { $0.contains(#""source":"127.0.0.1""#) })
    }

    @Test func `members that an action does not know are ignored and recorded`() throws {
        let service = try TestService()
        let request = try service.client().request("ListKeys", #"{"Newer":1,"Limit":5}"#)
        #expect(service.responder.respond(to: request).status == .ok)
        let record = try #require(try service.auditLines().last)
        #expect(record.contains(#""unknown_members":["Newer"],"hash":"#))
    }

    @Test func `a request id is in answer and record`() throws {
        let service = try TestService()
        let response = service.responder.respond(to: try service.client().request("ListKeys"))
        let id = try #require(response.headers.first(name: "x-amzn-RequestId"))
        #expect(try #require(try service.auditLines().last).contains(id))
    }

    @Test func `a request that names no action is of an unknown one`() throws {
        let service = try TestService()
        let response = service.responder.respond(to: try service.client().request(nil))
        #expect(response.outcome == "UnknownOperationException")
    }

    @Test(arguments: [
        ("application/x-amz-json-1.1", "ok"), ("application/json; charset=utf-8", "ok"),
        ("Application/JSON", "ok"), ("text/plain", "UnknownOperationException"),
        ("application/x-www-form-urlencoded", "UnknownOperationException"),
    ])
    func `a request is JSON by its own word`(type: String, outcome: String) throws {
        let service = try TestService()
        let request = try service.client().request("ListKeys", contentType: type)
        #expect(service.responder.respond(to: request).outcome == outcome)
    }

    @Test func `the absolute form of a target is served`() throws {
        let service = try TestService()
        let front = FrontResponder(
            keyService: service.responder, status: nil, metrics: service.metrics)
        var request = try service.client().request("ListKeys")
        var head = request.head
        for (uri, outcome) in [
            ("http://kms.test/", "ok"), ("http://kms.test", "ok"),
            ("http://kms.test/other", "UnknownOperationException"),
        ] {
            head.uri = uri
            request = ServedRequest(head: head, body: request.body, source: request.source)
            #expect(front.respond(to: request).outcome == outcome, "\(uri)")
        }
    }

    @Test func `strangers cannot fill the disk, and are counted`() throws {
        let service = try TestService()
        _ = service.responder.respond(to: try service.client().request("ListKeys"))
        let before = try service.auditLines().count
        let target = String(repeating: "x", count: 10_000)
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
        head.headers.add(name: "X-Amz-Target", value: target)
        let request = ServedRequest(
            head: head, body: ByteBuffer(), source: RequestSource("192.0.2.1"))
        for _ in 0..<500 { _ = service.responder.respond(to: request) }
        #expect(try service.auditLines().count - before == 20)
        #expect(try service.auditLines().allSatisfy { $0.utf8.count < 1000 })
        service.responder.recordCountedRefusals()
        let last = try #require(try service.auditLines().last)
        #expect(last.contains(#""action":"RefuseRequests""#) && last.contains(#""requests":480"#))
        #expect(last.contains(#""source":"192.0.2.1""#))
        service.responder.recordCountedRefusals()
        #expect(try service.auditLines().last == last)
        service.wait(seconds: 1)
        _ = service.responder.respond(to: request)
        #expect(try service.auditLines().count - before == 22)
    }
}
