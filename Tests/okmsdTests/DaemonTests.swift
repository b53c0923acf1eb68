import Foundation
import OKMS
import OKMSEngine
import OKMSServerSupport
import Testing

/// The server as a process: how it starts, stops and is killed.
@Suite(.serialized) struct DaemonTests {
    private let list = "ListKeys"

    /// Makes a store and a client of its first account.
    private func client(in place: Place) throws -> TestClient {
        let engine = try OKMSEngine(store: place("store"))
        return TestClient(try engine.createAccessKey(for: engine.defaultAccount))
    }

    @Test(arguments: [SIGTERM, SIGINT]) func `it stops when told, and says so`(
        signal: Int32
    ) throws {
        let place = try Place()
        let daemon = try place.serve()
        let connection = try RawConnection(port: daemon.port)
        connection.send(try client(in: place).bytes(list))
        #expect(try connection.readResponse().status == 200)
        daemon.signal(signal)
        #expect(daemon.ended() == 0)
        let lines = try daemon.logLines()
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["time"] != nil && object?["level"] != nil && object?["message"] != nil)
        }
        #expect(lines.last?.contains("stopped") == true)
    }

    @Test func `what an administrator changes is in force at once`() throws {
        let place = try Place()
        let daemon = try place.serve()
        let client = try client(in: place)
        let connection = try RawConnection(port: daemon.port)
        connection.send(try client.bytes(list))
        #expect(try connection.readResponse().status == 200)
        try place.okmsd("access-key", "deactivate", client.accessKeyID)
        connection.send(try client.bytes(list))
        #expect(try connection.readResponse().body.contains("UnrecognizedClientException"))
        try place.okmsd("access-key", "activate", client.accessKeyID)
        connection.send(try client.bytes(list))
        #expect(try connection.readResponse().status == 200)
    }

    @Test func `an address that is taken is status 13`() throws {
        let place = try Place()
        let daemon = try place.serve()
        let second = try place.okmsd(
            "serve", "--listen", "127.0.0.1:\(daemon.port)", store: "other")
        #expect(second.status == 13)
        #expect(
            second.err.contains(
                "cannot listen on 127.0.0.1:\(daemon.port): Address already in use\n"))
        #expect(second.err.contains("hint: stop what listens there"))
    }

    @Test func `a store that is served already is status 11, and is administered all the same`()
        throws
    {
        let place = try Place()
        let daemon = try place.serve()
        let second = try place.okmsd("serve", "--listen", "127.0.0.1:0")
        #expect(second.status == 11)
        #expect(second.err.contains("being served by another okmsd"), "\(second.err)")
        #expect(try place.okmsd("account", "list").status == 0)
        #expect(try place.okmsd("access-key", "create").status == 0)
        #expect(try place.okmsd("audit", "verify").status == 0)
        daemon.signal(SIGKILL)
        _ = daemon.ended()
        // A killed one leaves nothing that stands in the way.
        _ = try place.serve()
    }

    @Test func `a trail that is gone is status 14, a torn last record is none`() throws {
        let place = try Place()
        #expect(try place.okmsd("account", "create").status == 0)
        let path = place("store/audit.log")
        #expect(try place.okmsd("access-key", "create").status == 0)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(#"{"sequence":2,"prev"#.utf8))
        try handle.close()
        let torn = try place.okmsd("audit", "verify")
        #expect(torn.status == 0)
        #expect(torn.err.hasPrefix("okmsd: warning: "), "\(torn.err)")
        #expect(try place.okmsd("audit", "verify", "--json").object()["TornBytes"] as? Int == 19)
        try FileManager.default.removeItem(atPath: path)
        let gone = try place.okmsd("audit", "verify")
        #expect(gone.status == 14)
        #expect(gone.out.hasPrefix("audit.log: there is no record"), "\(gone.out)")
    }

    @Test func `a log never holds what is secret`() throws {
        let place = try Place()
        let daemon = try place.serve("--log-level", "debug")
        let client = try client(in: place)
        let connection = try RawConnection(port: daemon.port)
        let body = #"{"KeyId":"alias/okms/default","KeySpec":"AES_256"}"#
        let bytes = try client.bytes("GenerateDataKey", body)
        connection.send(bytes)
        let answer = try connection.readResponse().body
        let key = try #require(answer.firstMatch(of: /"Plaintext":"([^"]+)"/)).1
        let signature = try #require(bytes.firstMatch(of: /Signature=(\w+)/)).1
        daemon.signal(SIGTERM)
        #expect(daemon.ended() == 0)
        let log = try daemon.logLines().joined()
        #expect(log.contains("GenerateDataKey"))
        #expect(!log.contains(key) && !log.contains(signature))
    }

    /// Clients at work when it dies; then every key that was answered is there, every wrapped data
    /// key opens, and the audit trail is whole.
    @Test func `killed in the middle, it has lost nothing that it answered`() throws {
        let place = try Place()
        let client = try client(in: place)
        let engine = try OKMSEngine(store: place("store"))
        _ = try engine.setKeyQuota(of: client.account, to: 100_000)
        let found = Findings()
        for round in 0..<3 {
            let daemon = try place.serve("--workers", "8")
            let port = daemon.port
            let threads = (0..<4).map { number in
                Thread {
                    Self.hammer(port, client, makesKeys: number % 2 == 0, found)
                    found.threadEnded()
                }
            }
            for thread in threads { thread.start() }
            Thread.sleep(forTimeInterval: 0.3)
            daemon.signal(SIGKILL)
            #expect(daemon.ended() == 128 + SIGKILL)
            found.waitForThreads(4 * (round + 1))
        }
        let (keys, blobs) = found.all
        #expect(keys.count > 3 && blobs.count > 3, "\(keys.count) keys, \(blobs.count) blobs")
        let service = try OKMSEngine(store: place("store")).service()
        for key in keys { #expect(try service.describeKey(KeyName(key)).state == .enabled) }
        for blob in blobs {
            let bytes = try #require(Data(base64Encoded: blob))
            _ = try service.decrypt(Array(bytes), under: nil, context: .empty)
        }
        let verified = try place.okmsd("audit", "verify")
        #expect(verified.status == 0, "\(verified.out)")
        let trail = try place.okmsd("audit", "export").out
        let recorded = Set(trail.matches(of: /"key":"([^"]+)"/).map { String($0.1) })
        #expect(Set(keys).subtracting(recorded).isEmpty)
    }

    /// Makes keys or data keys, one after the other, until the connection breaks.
    private static func hammer(
        _ port: Int, _ client: TestClient, makesKeys: Bool, _ found: Findings
    ) {
        guard let connection = try? RawConnection(port: port) else { return }
        while true {
            let request =
                makesKeys
                ? try? client.bytes("CreateKey")
                : try? client.bytes(
                    "GenerateDataKey", #"{"KeyId":"alias/okms/default","NumberOfBytes":32}"#)
            guard let request else { return }
            connection.send(request)
            guard let response = try? connection.answer(), response.status == 200 else { return }
            if let match = response.body.firstMatch(of: /"Arn":"([^"]+)"/) {
                found.add(key: String(match.1))
            }
            if let match = response.body.firstMatch(of: /"CiphertextBlob":"([^"]+)"/) {
                found.add(blob: String(match.1))
            }
        }
    }
}

/// What clients were answered. Shared between threads.
final class Findings: @unchecked Sendable {
    // Sendable: everything is touched only with the condition's lock held.
    private let condition = NSCondition()
    private var keys: [String] = []
    private var blobs: [String] = []
    private var endedThreads = 0

    func add(key: String) { locked { keys.append(key) } }

    func add(blob: String) { locked { blobs.append(blob) } }

    func threadEnded() { locked { endedThreads += 1 } }

    func waitForThreads(_ count: Int) {
        condition.lock()
        while endedThreads < count { condition.wait() }
        condition.unlock()
    }

    var all: (keys: [String], blobs: [String]) { locked { (keys, blobs) } }

    private func locked<T>(_ body: () -> T) -> T {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return body()
    }
}
