import Foundation
import Synchronization
import TestSupport
import Testing

@testable import LibCurl

@Suite(.timeLimit(.minutes(2))) struct HTTPClientTests {
    let client = HTTPClient(userAgent: "tests/1")

    func post(
        _ url: String, _ body: String = "{}", headers: [(name: String, value: String)] = [],
        timeout: Duration = .seconds(30), limit: Int = 1 << 16,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(HTTPError) -> (status: Int, body: String) {
        let request = HTTPRequest(
            url: url, headers: headers, timeout: timeout, responseByteLimit: limit)
        let bytes = Array(body.utf8)
        let response = try client.post(request, body: bytes.span, isCancelled: isCancelled)
        let text = response.body.withBytes { body in
            String(decoding: body.indices.map { body[$0] }, as: UTF8.self)
        }
        return (response.status, text)
    }

    func error(_ body: () throws(HTTPError) -> (status: Int, body: String)) -> HTTPError? {
        do throws(HTTPError) {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func `a request arrives as it was meant, and the answer comes back`() throws {
        let server = try LoopbackServer { request, _ in
            .answer(400, "got \(String(decoding: request.body, as: UTF8.self))")
        }
        let answer = try post(
            "\(server.url)/", "a\0b", headers: [("Host", "kms.example"), ("X-A", "1")])
        #expect(answer.status == 400 && answer.body == "got a\0b")
        let request = try #require(server.requests.first)
        #expect(request.head.hasPrefix("POST / HTTP/1.1\r\n"))
        #expect(request.header("Host") == "kms.example")
        #expect(request.header("X-A") == "1")
        #expect(request.header("User-Agent") == "tests/1")
        #expect(request.header("Expect") == nil)
    }

    @Test func `bodies may be empty on both ways`() throws {
        let server = try LoopbackServer { _, _ in .answer(200, "") }
        let answer = try post("\(server.url)/", "")
        #expect(answer.status == 200 && answer.body.isEmpty)
        #expect(server.requests.first?.header("Content-Length") == "0")
    }

    @Test func `connections are kept, also after an answer that is no 200`() throws {
        let server = try LoopbackServer { _, number in .answer(number == 1 ? 500 : 200, "{}") }
        for _ in 0..<4 { _ = try post("\(server.url)/") }
        #expect(server.requests.map(\.earlier) == [0, 1, 2, 3])
    }

    @Test func `several threads use one client`() throws {
        let server = try LoopbackServer { request, _ in
            .answer(200, String(decoding: request.body, as: UTF8.self))
        }
        let wrong = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 40) { index in
            if (try? post("\(server.url)/", "\(index)").body) != "\(index)" {
                wrong.add(1, ordering: .relaxed)
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    @Test func `redirects are not followed`() throws {
        let server = try LoopbackServer { _, _ in
            .answer(307, "", headers: ["Location: /elsewhere"])
        }
        #expect(try post("\(server.url)/").status == 307)
        #expect(server.requests.count == 1)
    }

    @Test func `nothing that listens is told from a name that is none`() throws {
        try withRefusingPort { url in
            #expect(
                error { () throws(HTTPError) in try post("\(url)/") }
                    == .refused(host: String(url.dropFirst("http://".count))))
        }
        #expect(
            error { () throws(HTTPError) in try post("http://kms.invalid/") }
                == .cannotResolve(host: "kms.invalid"))
    }

    @Test(arguments: ["", "ftp://127.0.0.1/", "file:///etc/passwd", "http://"])
    func `other URLs are refused`(_ url: String) {
        let found = error { () throws(HTTPError) in try post(url) }
        #expect(found != nil && found?.isPassing == false)
    }

    @Test func `a silent server is given up after the time allowed`() throws {
        let server = try LoopbackServer { _, _ in .silence }
        let found = error { () throws(HTTPError) in
            try post("\(server.url)/", timeout: .milliseconds(200))
        }
        #expect(found == .timedOut(host: "127.0.0.1:\(server.port)", wasConnected: true))
        #expect(found?.isPassing == true && found?.isBeforeSending == false)
    }

    @Test func `a request can be cancelled`() throws {
        let server = try LoopbackServer { _, _ in .silence }
        let found = error { () throws(HTTPError) in
            try post("\(server.url)/", isCancelled: { true })
        }
        #expect(found == .cancelled)
    }

    @Test func `a connection that ends early is told from an answer`() throws {
        for reply in [LoopbackServer.Reply.cut, .close] {
            let server = try LoopbackServer { _, _ in reply }
            let found = error { () throws(HTTPError) in try post("\(server.url)/") }
            #expect(found == .cut(host: "127.0.0.1:\(server.port)"))
        }
    }

    @Test func `answers have a limit, announced or not`() throws {
        let server = try LoopbackServer { _, number in
            switch number {
            case 0: .answer(200, String(repeating: "x", count: 4096))
            case 1: .answer(200, String(repeating: "x", count: 4097))
            default: .flood
            }
        }
        #expect(try post("\(server.url)/", limit: 4096).body.utf8.count == 4096)
        for _ in 0..<2 {
            let found = error { () throws(HTTPError) in try post("\(server.url)/", limit: 4096) }
            #expect(found == .tooLarge(limit: 4096))
        }
    }

    @Test func `headers cannot smuggle others in`() throws {
        let server = try LoopbackServer { _, _ in .answer(200, "") }
        for header in [("A", "1\r\nB: 2"), ("A\nB", "1"), ("A", "1\0")] {
            let found = error { () throws(HTTPError) in
                try post("\(server.url)/", headers: [(header.0, header.1)])
            }
            #expect(found != nil)
        }
        #expect(server.requests.isEmpty)
    }

    @Test func `a failure does not spoil the next request`() throws {
        let server = try LoopbackServer { _, number in number == 0 ? .cut : .answer(200, "fine") }
        #expect(error { () throws(HTTPError) in try post("\(server.url)/") } != nil)
        #expect(try post("\(server.url)/").body == "fine")
    }
}
