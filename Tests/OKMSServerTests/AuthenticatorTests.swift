import LibCrypto
import NIOCore
import NIOHTTP1
import OKMS
import OKMSEngine
import OKMSServerSupport
import OKMSWire
import Testing

@testable import OKMSServer

/// What a signature must be, asked of the whole request path.
@Suite struct AuthenticatorTests {
    @Test func `a signed request is answered`() throws {
        let service = try TestService()
        let response = service.responder.respond(to: try service.client().request("ListKeys"))
        #expect(response.outcome == "ok")
        #expect(response.headers.first(name: "x-amzn-RequestId")?.utf8.count == 36)
        #expect(response.headers.first(name: "content-type") == "application/x-amz-json-1.1")
    }

    @Test(arguments: [true, false])
    func `the signing key of an access key that may not be used is forgotten`(
        isDeleted: Bool
    ) throws {
        let service = try TestService()
        let cache = SigningKeyCache()
        let authenticator = Authenticator(
            engine: service.engine, clockSkewSeconds: 300, lockout: Lockout(),
            metrics: service.metrics, signingKeys: cache)
        let client = try service.client()
        let request = try client.request("ListKeys")
        var trace = RequestTrace(request)
        func authenticate() throws(KeyServiceError) {
            _ = try authenticator.authenticate(
                RequestHead(request.head), body: request.body.readableBytesUInt8Span,
                at: ServerClock.system.now(), noting: &trace)
        }
        let id = client.accessKeyID
        let day = SignatureTime(seconds: Int(ServerClock.system.now())).day
        func kept() throws -> SigningKey {
            try cache.key(
                of: id,
                in: CredentialScope(day: day, region: service.engine.region, service: "kms"),
                secret: SecretBytes(count: 40) { _ in })
        }
        try authenticate()
        let key = try kept()
        #expect(try kept() === key)
        if isDeleted {
            try service.engine.deleteAccessKey(id)
        } else {
            try service.engine.setAccessKey(id, active: false)
        }
        #expect(throws: KeyServiceError.self) { try authenticate() }
        #expect(try kept() !== key)
    }

    @Test func `a request without a signature is refused`() throws {
        let service = try TestService()
        let signed = try service.client().request("ListKeys")
        var head = signed.head
        head.headers.remove(name: "Authorization")
        let bare = ServedRequest(head: head, body: signed.body, source: signed.source)
        #expect(
            service.responder.respond(to: bare).outcome == "MissingAuthenticationTokenException")
        head.headers.add(name: "Authorization", value: "Basic QTpC")
        let basic = ServedRequest(head: head, body: signed.body, source: signed.source)
        #expect(service.responder.respond(to: basic).outcome == "IncompleteSignatureException")
    }

    @Test func `a replayed signature does not cover another body`() throws {
        let service = try TestService()
        let request = try service.client().request("ListKeys", "{}", sending: #"{"Limit":1}"#)
        #expect(service.responder.respond(to: request).outcome == "InvalidSignatureException")
    }

    @Test func `a signature is for one region and one service`() throws {
        let service = try TestService()
        var client = try service.client()
        client.region = "eu-west-1"
        #expect(
            service.responder.respond(to: try client.request("ListKeys")).outcome
                == "InvalidSignatureException")
        client.region = "eu-west-2"
        client.service = "s3"
        #expect(
            service.responder.respond(to: try client.request("ListKeys")).outcome
                == "InvalidSignatureException")
        client.service = "okms"
        #expect(service.responder.respond(to: try client.request("ListKeys")).outcome == "ok")
    }

    @Test(arguments: [-400.0, -330, 330, 400, 90_000])
    func `a signature of another time is refused`(seconds: Double) throws {
        let service = try TestService()
        let request = try service.client().request(
            "ListKeys", at: ServerClock.system.now() + seconds)
        #expect(service.responder.respond(to: request).outcome == "InvalidSignatureException")
    }

    @Test(arguments: [
        ("X-Amz-Meta", "1", "InvalidSignatureException"),
        ("X-Amz-Target", "TrentService.CreateKey", "IncompleteSignatureException"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=a", "IncompleteSignatureException"),
        ("X-Amz-Security-Token", "t", "UnrecognizedClientException"),
        ("User-Agent", "anything", "ok"),
        ("Amz-Sdk-Request", "attempt=1", "ok"),
    ])
    func `a header that was not signed`(name: String, value: String, outcome: String) throws {
        let service = try TestService()
        let request = try service.client().request("ListKeys", unsigned: [(name, value)])
        #expect(service.responder.respond(to: request).outcome == outcome)
    }

    @Test func `an access key that is unknown, inactive, deleted or expired is refused alike`()
        throws
    {
        let service = try TestService()
        let now = ServerClock.system.now()
        let inactive = try service.client()
        try service.engine.setAccessKey(inactive.accessKeyID, active: false)
        let deleted = try service.client()
        try service.engine.deleteAccessKey(deleted.accessKeyID)
        let expiring = try service.client(expires: now + 60)
        #expect(service.responder.respond(to: try expiring.request("ListKeys")).outcome == "ok")
        service.wait(seconds: 61)
        let answers = try [inactive, deleted, expiring].map { client in
            String(
                buffer: service.responder.respond(
                    to: try client.request("ListKeys", at: now + 61)
                ).body)
        }
        #expect(Set(answers).count == 1)
        #expect(answers[0].contains("UnrecognizedClientException"))
    }

    @Test func `four wrong signatures lock the access key, for the right one too`() throws {
        let service = try TestService()
        let client = try service.client()
        let now = ServerClock.system.now()
        for _ in 0..<4 {
            let wrong = service.responder.respond(to: try client.guessing.request("ListKeys"))
            #expect(wrong.outcome == "InvalidSignatureException")
        }
        let right = service.responder.respond(to: try client.request("ListKeys"))
        let wrong = service.responder.respond(to: try client.guessing.request("ListKeys"))
        #expect(right.outcome == "AccessDeniedException")
        #expect(String(buffer: right.body) == String(buffer: wrong.body))
        #expect(
            service.responder.respond(to: try service.client().request("ListKeys")).outcome == "ok")
        service.wait(seconds: 61)
        let later = try client.request("ListKeys", at: now + 61)
        #expect(service.responder.respond(to: later).outcome == "ok")
    }

    @Test func `an origin is locked, whatever access keys it tries`() throws {
        let service = try TestService()
        for _ in 0..<4 {
            let client = try service.client()
            _ = service.responder.respond(
                to: try client.guessing.request("ListKeys", from: "192.0.2.1"))
        }
        let client = try service.client()
        let here = try client.request("ListKeys", from: "192.0.2.1")
        let elsewhere = try client.request("ListKeys", from: "192.0.2.2")
        #expect(service.responder.respond(to: here).outcome == "AccessDeniedException")
        #expect(service.responder.respond(to: elsewhere).outcome == "ok")
    }

    @Test func `a clock that is off locks nobody`() throws {
        let service = try TestService()
        let client = try service.client()
        for _ in 0..<10 {
            _ = service.responder.respond(to: try client.request("ListKeys", at: 1_000_000_000))
        }
        #expect(service.responder.respond(to: try client.request("ListKeys")).outcome == "ok")
    }

    @Test func `an access key that was made inactive locks nobody`() throws {
        let service = try TestService()
        let client = try service.client()
        try service.engine.setAccessKey(client.accessKeyID, active: false)
        for _ in 0..<10 {
            let response = service.responder.respond(
                to: try client.request("ListKeys", from: "192.0.2.1"))
            #expect(response.outcome == "UnrecognizedClientException")
        }
        try service.engine.setAccessKey(client.accessKeyID, active: true)
        let again = try client.request("ListKeys", from: "192.0.2.1")
        #expect(service.responder.respond(to: again).outcome == "ok")
    }

    @Test func `guesses at an inactive access key are answered like those at an unknown one`()
        throws
    {
        for source in ["127.0.0.1", "192.0.2.1"] {
            let service = try TestService()
            let (inactive, unknown) = (try service.client(), try service.client())
            try service.engine.setAccessKey(inactive.accessKeyID, active: false)
            try service.engine.deleteAccessKey(unknown.accessKeyID)
            let outcomes = try [inactive, unknown].map { client in
                try (0..<6).map { number in
                    let address = source == "127.0.0.1" ? source : "192.0.2.\(number)"
                    return service.responder.respond(
                        to: try client.guessing.request("ListKeys", from: address)
                    ).outcome
                }
            }
            #expect(outcomes[0] == outcomes[1])
            #expect(Set(outcomes[0]) == ["UnrecognizedClientException"])
        }
    }

    @Test func `guesses at a secret are recorded, however much else is refused`() throws {
        let service = try TestService()
        let client = try service.client()
        let noise = ServedRequest(
            head: HTTPRequestHead(version: .http1_1, method: .POST, uri: "/"), body: ByteBuffer(),
            source: RequestSource("127.0.0.1"))
        for _ in 0..<100 { _ = service.responder.respond(to: noise) }
        for _ in 0..<4 {
            _ = service.responder.respond(to: try client.guessing.request("ListKeys"))
        }
        let guesses = try service.auditLines().filter { $0.contains(client.accessKeyID) }
        #expect(guesses.suffix(4).allSatisfy { $0.contains("InvalidSignatureException") })
        #expect(guesses.count >= 4)
    }

    @Test func `invented access keys are failures of where they come from`() throws {
        let service = try TestService()
        for _ in 0..<4 {
            let client = try service.client()
            try service.engine.deleteAccessKey(client.accessKeyID)
            let response = service.responder.respond(
                to: try client.request("ListKeys", from: "192.0.2.1"))
            #expect(response.outcome == "UnrecognizedClientException")
        }
        let here = try service.client().request("ListKeys", from: "192.0.2.1")
        #expect(service.responder.respond(to: here).outcome == "AccessDeniedException")
    }

    @Test func `whoever a refused request claims to be is recorded`() throws {
        let service = try TestService()
        var client = try service.client()
        client.region = "eu-west-1"
        let other = try service.client()
        for request in [
            try client.request("ListKeys"), try other.request("ListKeys", at: 1_000_000_000),
            try other.request("ListKeys", unsigned: [("X-Amz-Security-Token", "t")]),
        ] {
            #expect(service.responder.respond(to: request).outcome != "ok")
        }
        let lines = try service.auditLines().suffix(3)
        #expect(lines.first?.contains(#""access_key":"\#(client.accessKeyID)""#) == true)
        #expect(
            lines.dropFirst().allSatisfy {
                $0.contains(#""access_key":"\#(other.accessKeyID)""#)
                    && $0.contains(#""account":null"#)
            })
    }
}
