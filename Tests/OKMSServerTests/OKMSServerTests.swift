import Foundation
import Logging
import NIOConcurrencyHelpers
import OKMS
import OKMSEngine
import ServiceLifecycle
import OKMSServerSupport
import Testing

@testable import OKMSServer

/// The whole server on loopback.
@Suite struct OKMSServerTests {
    @Test func `it serves, and stops when told`() async throws {
        try await withServer { server in
            let connection = try RawConnection(port: server.port)
            connection.send(try server.client.bytes("ListKeys"))
            #expect(try connection.readResponse().status == 200)
            connection.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            let health = try connection.readResponse()
            #expect(health.status == 200)
            #expect(health.body.contains("ok"))
            connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            let metrics = try connection.readResponse().body
            #expect(metrics.contains(#"okmsd_requests_total{action="ListKeys",outcome="ok"} 1"#))
            #expect(metrics.contains("\nokmsd_audit_records_total "))
        }
    }

    @Test(arguments: ["GET / HTTP/1.1", "PUT / HTTP/1.1", "DELETE / HTTP/1.1"])
    func `other methods are not allowed`(line: String) async throws {
        try await withServer { server in
            let connection = try RawConnection(port: server.port)
            connection.send("\(line)\r\nHost: a\r\n\r\n")
            let response = try connection.readResponse()
            #expect(response.status == 405)
            #expect(response.header("allow") == "POST")
            #expect(response.body.contains("UnknownOperationException"))
        }
    }

    @Test func `other paths are not there`() async throws {
        try await withServer { server in
            for path in ["/other", "//", "/../health", "/health/x", "http://a/other"] {
                let connection = try RawConnection(port: server.port)
                connection.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                #expect(try connection.readResponse().status == 404, "\(path)")
            }
        }
    }

    @Test func `metrics with an address of their own are not served beside requests`()
        async throws
    {
        try await withServer(metrics: true) { server in
            let connection = try RawConnection(port: server.port)
            connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try connection.readResponse().status == 404)
            let metrics = try RawConnection(port: try #require(server.metricsPort))
            metrics.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try metrics.readResponse().status == 200)
            metrics.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            #expect(try metrics.readResponse().status == 404)
        }
    }

    @Test func `an oversized body is refused by an error of the protocol`() async throws {
        try await withServer { server in
            let connection = try RawConnection(port: server.port)
            connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            let response = try connection.readResponse()
            #expect(response.status == 413)
            #expect(response.body.contains("\"__type\":\"ValidationException\""))
        }
    }

    @Test func `it does not listen in plaintext where others can reach it`() throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let engine = try OKMSEngine(store: directory + "/store")
        let address = try #require(ListenAddress("0.0.0.0:0"))
        #expect(throws: ServerError.plaintextBeyondLoopback(address: "0.0.0.0:0")) {
            try OKMSServer(
                engine: engine, settings: ServerSettings(listen: address), logger: .silent)
        }
    }

    @Test func `an address that is taken is an error that says so`() async throws {
        try await withServer { server in
            let taken = try #require(ListenAddress("127.0.0.1:\(server.port)"))
            let second = try OKMSServer(
                engine: server.engine, settings: ServerSettings(listen: taken), logger: .silent)
            await #expect(throws: ServerError.self) { try await second.run() }
        }
    }

    @Test func `a request in flight is answered before it stops, new ones are not taken`()
        async throws
    {
        // Long ones: where tests take all threads, a stop takes its time.
        let patient = { (settings: inout ServerSettings) in
            settings.limits.requestTimeout = .seconds(60)
            settings.stopTimeout = .seconds(60)
        }
        try await withServer(settings: patient) { server in
            let idle = try RawConnection(port: server.port)
            idle.send(try server.client.bytes("ListKeys"))
            _ = try idle.readResponse()
            let busy = try RawConnection(port: server.port)
            let request = try server.client.bytes("ListKeys", #"{"Limit":5}"#)
            busy.send(String(request.dropLast(4)))
            // Its head has come by the time that another request is answered.
            idle.send(try server.client.bytes("ListKeys"))
            _ = try idle.readResponse()
            await server.stop()
            #expect(idle.readToEnd() == "", "an idle connection is closed")
            busy.send(String(request.suffix(4)))
            let response = try busy.readResponse()
            #expect(response.status == 200)
            #expect(response.header("connection") == "close")
            #expect(soon { (try? RawConnection(port: server.port)) == nil })
        }
    }

    @Test func `a stop waits no longer than it may`() async throws {
        try await withServer(settings: { $0.stopTimeout = .milliseconds(300) }) { server in
            let stuck = try RawConnection(port: server.port)
            stuck.send(String(try server.client.bytes("ListKeys").dropLast()))
            usleep(100_000)
            await server.stop()
            #expect(stuck.readToEnd() == "")
        }
    }
}

/// A server that runs.
struct RunningServer {
    let directory: String
    let engine: OKMSEngine
    let client: TestClient
    let port: Int
    let metricsPort: Int?
    let stop: @Sendable () async -> Void
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// Runs a server for the length of a test, and expects it to stop without an error.
func withServer(
    metrics: Bool = false, settings change: (inout ServerSettings) throws -> Void = { _ in },
    _ body: (RunningServer) async throws -> Void
) async throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let engine = try OKMSEngine(store: directory + "/store")
    let client = TestClient(try engine.createAccessKey(for: engine.defaultAccount))
    let loopback = try #require(ListenAddress("127.0.0.1:0"))
    var settings = ServerSettings(listen: loopback)
    if metrics { settings.metricsListen = loopback }
    settings.workerCount = 4
    settings.eventLoopCount = 1
    try change(&settings)
    let (addresses, listening) = AsyncStream.makeStream(of: OKMSServer.Addresses.self)
    let server = try OKMSServer(
        engine: engine, settings: settings, logger: .silent,
        onListening: { listening.yield($0) })
    let group = ServiceGroup(services: [server], logger: .silent)
    let run = Task { try await group.run() }
    var iterator = addresses.makeAsyncIterator()
    let address = try #require(await iterator.next())
    do {
        try await body(
            RunningServer(
                directory: directory, engine: engine, client: client, port: address.requests.port,
                metricsPort: address.metrics?.port,
                stop: { await group.triggerGracefulShutdown() }))
    } catch {
        await group.triggerGracefulShutdown()
        try? await run.value
        throw error
    }
    await group.triggerGracefulShutdown()
    try await run.value
}
