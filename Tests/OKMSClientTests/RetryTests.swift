import Foundation
import OKMS
import TestSupport
import Testing

@testable import OKMSClient

/// What is tried again, how often and how soon.
@Suite(.timeLimit(.minutes(2))) struct RetryTests {
    @Test(arguments: [
        (400, "ThrottlingException"), (400, "Throttling"), (429, ""), (500, "KMSInternalException"),
        (500, "KeyUnavailableException"), (500, "DependencyTimeoutException"), (500, ""),
        (502, ""), (503, "ServiceUnavailable"), (504, ""),
    ])
    func `what passes is tried again until it has passed`(_ status: Int, _ type: String) throws {
        let server = try LoopbackServer { _, number in
            number < 2 ? .error(status, type) : .answer(200, "{}")
        }
        let pauses = Pauses()
        try client(of: server, pauses).enableKey(.accountDefault)
        #expect(server.requests.count == 3)
        #expect(pauses.all == [.milliseconds(250), .milliseconds(500)])
    }

    @Test(arguments: [
        "NotFoundException", "AccessDeniedException", "InvalidSignatureException",
        "LimitExceededException", "ValidationException", "DisabledException", "SomethingNew",
        "UnrecognizedClientException", "InvalidCiphertextException",
    ])
    func `a refusal is final`(_ type: String) throws {
        let server = try LoopbackServer { _, _ in .error(400, type) }
        let pauses = Pauses()
        let client = try client(of: server, pauses)
        #expect(code { try client.enableKey(.accountDefault) } != nil)
        #expect(server.requests.count == 1 && pauses.all.isEmpty)
    }

    @Test func `tries are few, and the last reason is told`() throws {
        let server = try LoopbackServer { _, number in
            .error(500, "KMSInternalException", "trouble \(number)")
        }
        let client = try client(of: server)
        let error = #expect(throws: KeyServiceError.self) { try client.enableKey(.accountDefault) }
        #expect(error?.code == .internal)
        #expect(error?.message.contains("trouble 5 (tried 6 times)") == true)
        #expect(server.requests.count == 6)
    }

    @Test func `connections that break are tried again`() throws {
        let server = try LoopbackServer { _, number in
            switch number {
            case 0: .close
            case 1: .cut
            default: .answer(200, "{}")
            }
        }
        try client(of: server).enableKey(.accountDefault)
    }

    @Test func `a service that is not there is unavailable`() throws {
        try withRefusingPort { url in
            let client = try client(at: url)
            let error = #expect(throws: KeyServiceError.self) {
                try client.enableKey(.accountDefault)
            }
            #expect(error?.code == .serviceUnavailable)
            #expect(error?.message.contains("tried 6 times") == true)
        }
    }

    @Test func `pauses grow, and half of each is random`() {
        let policy = RetryPolicy(base: .milliseconds(100))
        #expect(policy.pause(after: 1, part: 0.5) == .milliseconds(75))
        #expect(policy.pause(after: 3, part: 1) == .milliseconds(400))
        #expect(policy.pause(after: 3, part: 0) == .milliseconds(200))
        #expect(policy.pause(after: 2, part: 7) == .milliseconds(200))
    }

    @Test func `a pause that ends behind the deadline is not begun`() throws {
        let server = try LoopbackServer { _, _ in .error(500, "") }
        let pauses = Pauses()
        let client = try client(of: server, pauses) {
            $0.retries.total = .seconds(20)
            $0.retries.base = .seconds(30)
        }
        #expect(code { try client.enableKey(.accountDefault) } == .internal)
        #expect(server.requests.count == 1 && pauses.all.isEmpty)
    }

    @Test func `a service that asks for a pause gets it, unless it ends behind the deadline`()
        throws
    {
        let server = try LoopbackServer { _, number in
            let wait = ["Retry-After: 7", "Retry-After: 0", "Retry-After: soon"]
            return number < wait.count
                ? .answer(429, "", headers: [wait[number]]) : .answer(200, "{}")
        }
        let pauses = Pauses()
        try client(of: server, pauses).enableKey(.accountDefault)
        #expect(pauses.all == [.seconds(7), .milliseconds(500), .seconds(1)])
        let busy = try LoopbackServer { _, _ in
            .answer(503, "", headers: ["Retry-After: 3600"])
        }
        let none = Pauses()
        let client = try client(of: busy, none)
        #expect(code { try client.enableKey(.accountDefault) } == .serviceUnavailable)
        #expect(busy.requests.count == 1 && none.all.isEmpty)
    }

    @Test func `a silent service is given up at the deadline`() throws {
        let server = try LoopbackServer { _, _ in .silence }
        let client = try client(of: server) { $0.retries.total = .milliseconds(300) }
        let error = #expect(throws: KeyServiceError.self) { try client.enableKey(.accountDefault) }
        #expect(error?.code == .serviceUnavailable)
        #expect(error?.message.contains("did not answer in time") == true)
    }

    /// Calls that make something new each time, or fail where it is done already.
    private static let once: [@Sendable (OKMSClient) throws -> Void] = [
        { _ = try $0.createKey(description: "", tags: []) },
        { _ = try $0.rotateKeyOnDemand(.accountDefault) },
        { _ = try $0.scheduleKeyDeletion(.accountDefault, windowDays: 7) },
        { _ = try $0.cancelKeyDeletion(.accountDefault) },
        { try $0.createAlias(#require(AliasName("alias/a")), for: .accountDefault) },
        { try $0.deleteAlias(#require(AliasName("alias/a"))) },
    ]

    @Test func `what cannot be done twice is not asked for twice, and the doubt is told`() throws {
        let replies = [
            LoopbackServer.Reply.close, .cut, .error(500, "KMSInternalException"),
            .answer(502, "Bad Gateway"), .answer(504, "Gateway Timeout"),
        ]
        for reply in replies {
            let server = try LoopbackServer { _, _ in reply }
            let client = try client(of: server)
            for call in Self.once {
                let error = #expect(throws: KeyServiceError.self) { try call(client) }
                #expect(error?.message.contains("it may have done ") == true)
            }
            #expect(server.requests.count == Self.once.count)
        }
    }

    @Test func `what was surely not done is asked for again`() throws {
        for call in Self.once {
            let server = try LoopbackServer { _, _ in .error(400, "ThrottlingException") }
            let client = try client(of: server)
            let error = #expect(throws: KeyServiceError.self) { try call(client) }
            #expect(error?.code == .throttling)
            #expect(error?.message.contains("may have done") == false)
            #expect(server.requests.count == 6)
        }
    }

    @Test func `what cannot be done twice goes over a connection that was not used before`() throws
    {
        let server = try LoopbackServer { _, number in number < 2 ? .answer(200, "{}") : .close }
        let client = try client(of: server)
        try client.enableKey(.accountDefault)
        try client.disableKey(.accountDefault)
        #expect(throws: KeyServiceError.self) { _ = try client.createKey(description: "") }
        #expect(server.requests.map(\.earlier) == [0, 1, 0])
    }

    @Test func `a cancelled run does not try again`() throws {
        let server = try LoopbackServer { _, _ in .error(500, "") }
        let client = try client(of: server) { $0.isCancelled = { true } }
        #expect(code { try client.enableKey(.accountDefault) } != nil)
        #expect(server.requests.count <= 1)
    }

    @Test func `every try is signed`() throws {
        let server = try LoopbackServer { _, number in
            number == 0 ? .error(503, "") : .answer(200, "{}")
        }
        try client(of: server).enableKey(.accountDefault)
        for request in server.requests {
            #expect(request.header("Authorization")?.hasPrefix("AWS4-HMAC-SHA256 ") == true)
            #expect(request.header("X-Amz-Date") == "20260102T030405Z")
        }
    }
}
