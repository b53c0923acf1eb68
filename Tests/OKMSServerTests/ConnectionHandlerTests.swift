import Glibc
import NIOCore
import OKMSServerSupport
import Testing

@testable import OKMSServer

@Suite struct ConnectionHandlerTests {
    private static let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"

    private static var impatient: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.requestTimeout = .milliseconds(200)
        limits.idleTimeout = .milliseconds(200)
        limits.lingerTimeout = .milliseconds(200)
        return limits
    }

    @Test func `a connection answers one request after the other`() throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        for number in 1...3 {
            connection.send("POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
            let response = try connection.readResponse()
            #expect(response.status == 200)
            #expect(response.body == "POST /\(number)\n{}")
            #expect(response.header("connection") == nil)
            #expect(response.header("date")?.hasSuffix("GMT") == true)
        }
    }

    @Test func `requests sent ahead are answered in order`() throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        let ahead = (1...20).map { number in
            "POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                + (number == 20 ? "Connection: close\r\n" : "") + "\r\n{}"
        }
        connection.send(ahead.joined())
        let all = connection.readToEnd()
        let answers = all.matches(of: /POST \/(\d+)\n/).compactMap { Int($0.1) }
        #expect(answers == Array(1...20))
    }

    @Test func `a chunked body is put together`() throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.send("3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
        #expect(try connection.readResponse().body == "POST /\nabcdefg")
    }

    @Test func `a body that says it is too large is refused before it comes`() throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n")
        let response = try connection.readResponse()
        #expect(response.status == 413)
        #expect(response.header("connection") == "close")
        #expect(connection.readToEnd() == "")
    }

    @Test func `a body that turns out too large is refused, and the answer can be read`() throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n"
        for _ in 0..<20 { connection.send(chunk) }
        #expect(try connection.readResponse().status == 413)
    }

    @Test func `a body of exactly the limit is taken`() throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        let body = String(repeating: "x", count: 65536)
        connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n" + body)
        #expect(try connection.readResponse().body.utf8.count == 65536 + 7)
    }

    @Test(arguments: [
        "X-Long: " + String(repeating: "x", count: 20_000) + "\r\n",
        String(repeating: "X-Field: " + String(repeating: "x", count: 500) + "\r\n", count: 60),
        (0..<200).map { "X-\($0): x\r\n" }.joined(),
    ])
    func `a head that is too large is refused`(headers: String) throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        connection.send("POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n")
        #expect(try connection.readResponse().status == 431)
    }

    @Test(arguments: [
        "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\u{01}\u{fc}\u{03}\u{03}",
        "GARBAGE\r\n\r\n", "GET\r\n\r\n", "POST / HTTP/9.9\r\n\r\n",
        "POST / HTTP/1.1\r\nHost : a\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ])
    func `what is no HTTP is answered with 400, and closed`(bytes: String) throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        connection.send(bytes)
        let all = connection.readToEnd()
        #expect(all.hasPrefix("HTTP/1.1 400 ") || all.hasPrefix("HTTP/1.1 505 "), "\(all)")
    }

    @Test func `a request that does not come to its end is dropped`() throws {
        let server = try ConnectionServer(EchoResponder(), limits: Self.impatient)
        for half in ["", "PO", "POST / HTTP/1.1\r\nHost: a\r\n", String(Self.request.dropLast())] {
            let connection = try server.connect()
            connection.send(half)
            #expect(connection.readToEnd() == "")
        }
    }

    @Test func `a request that comes byte by byte is dropped at its deadline`() throws {
        let server = try ConnectionServer(EchoResponder(), limits: Self.impatient)
        let connection = try server.connect()
        let ended = onThread { connection.readToEnd() }
        for byte in Self.request.utf8.dropLast() {
            connection.send([byte])
            usleep(10_000)
        }
        #expect(ended() == "")
    }

    @Test func `an idle connection is closed`() throws {
        let server = try ConnectionServer(EchoResponder(), limits: Self.impatient)
        let connection = try server.connect()
        connection.send(Self.request)
        _ = try connection.readResponse()
        #expect(connection.readToEnd() == "")
    }

    @Test func `a client that has said all still gets its answer`() throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        connection.send(Self.request)
        connection.endOutput()
        #expect(connection.readToEnd().hasSuffix("POST /\n{}"))
    }

    @Test func `requests sent ahead are answered though the client has said all`() throws {
        for rest in ["", "POST / HTTP/1.1\r\nHost", "GARBAGE\r\n\r\n"] {
            let server = try ConnectionServer(EchoResponder())
            let connection = try server.connect()
            connection.send(
                (1...5).map { "POST /\($0) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}" }
                    .joined() + rest)
            connection.endOutput()
            let answers = connection.readToEnd().matches(of: /POST \/(\d+)\n/)
            #expect(answers.compactMap { Int($0.1) } == Array(1...5), "\(rest)")
        }
    }

    @Test func `a secret answer is wiped though its client has gone`() throws {
        let responder = SecretResponder()
        let server = try ConnectionServer(responder)
        do {
            let connection = try server.connect()
            connection.send(Self.request)
            responder.waitForRequest()
            connection.resetWhenClosed()
        }
        #expect(soon { server.meters.openCount == 0 })
        responder.answer()
        #expect(soon { responder.body.readableBytesView.allSatisfy { $0 == 0 } })
    }

    @Test func `HTTP/1.0 closes unless it is asked to stay`() throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        connection.send(
            "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")
        #expect(try connection.readResponse().header("connection") == "keep-alive")
        connection.send("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
        #expect(connection.readToEnd().contains("Connection: close"))
    }

    @Test func `a client that waits is told to go on`() throws {
        let server = try ConnectionServer(EchoResponder())
        let connection = try server.connect()
        connection.send(
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(try connection.readResponse().status == 100)
        connection.send("{}")
        #expect(try connection.readResponse().status == 200)
    }

    @Test func `connections are counted while they are open`() throws {
        let server = try ConnectionServer(EchoResponder())
        do {
            let connection = try server.connect()
            connection.send(Self.request)
            _ = try connection.readResponse()
            #expect(server.meters.openCount == 1)
            connection.endOutput()
            _ = connection.readToEnd()
        }
        #expect(server.meters.totalCount == 1)
    }
}
