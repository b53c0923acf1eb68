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
        #expect(pauses.all == [.milliseconds(200), .milliseconds(400)])
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
        #expect(error?.message.contains("trouble 4 (tried 5 times)") == true)
        #expect(server.requests.count == 5)
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
        let server = try LoopbackServer { _, _ in .close }
        let client = try client(of: server)
        server.stop()
        let error = #expect(throws: KeyServiceError.self) { try client.enableKey(.accountDefault) }
        #expect(error?.code == .serviceUnavailable)
        #expect(error?.message.contains("tried 5 times") == true)
    }

    @Test func `pauses are random parts of growing ones, at most the cap`() {
        let policy = RetryPolicy(base: .milliseconds(100), cap: .seconds(1))
        #expect(policy.pause(after: 1, part: 0.5) == .milliseconds(50))
        #expect(policy.pause(after: 3, part: 1) == .milliseconds(400))
        #expect(policy.pause(after: 5, part: 1) == .seconds(1))
        #expect(policy.pause(after: 500, part: 1) == .seconds(1))
        #expect(policy.pause(after: 2, part: 0) == .zero)
    }

    @Test func `a pause that ends behind the deadline is not begun`() throws {
        let server = try LoopbackServer { _, _ in .error(500, "") }
        let pauses = Pauses()
        let client = try client(of: server, pauses) {
            $0.retries.total = .seconds(20)
            $0.retries.base = .seconds(30)
            $0.retries.cap = .seconds(30)
        }
        #expect(code { try client.enableKey(.accountDefault) } == .internal)
        #expect(server.requests.count == 1 && pauses.all.isEmpty)
    }

    @Test func `a silent service is given up at the deadline`() throws {
        let server = try LoopbackServer { _, _ in .silence }
        let client = try client(of: server) { $0.retries.total = .milliseconds(300) }
        let error = #expect(throws: KeyServiceError.self) { try client.enableKey(.accountDefault) }
        #expect(error?.code == .serviceUnavailable)
        #expect(error?.message.contains("did not answer in time") == true)
    }

    @Test func `what makes something new is not done twice`() throws {
        for reply in [LoopbackServer.Reply.close, .cut, .error(500, "KMSInternalException")] {
            let server = try LoopbackServer { _, _ in reply }
            let client = try client(of: server)
            #expect(code { _ = try client.createKey(description: "") } != nil)
            #expect(code { _ = try client.rotateKeyOnDemand(.accountDefault) } != nil)
            #expect(server.requests.count == 2)
        }
        let server = try LoopbackServer { _, _ in .error(400, "ThrottlingException") }
        let client = try client(of: server)
        #expect(code { _ = try client.createKey(description: "") } == .throttling)
        #expect(server.requests.count == 5)
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
