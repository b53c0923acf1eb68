import Foundation
import LibCrypto
import Logging
import NIOConcurrencyHelpers
import OKMS
import OKMSEngine
import OKMSServerSupport
import Testing

@testable import OKMSServer

/// A fresh engine behind a responder, without sockets, at a time of the test's own.
final class TestService {
    let directory: String
    let engine: OKMSEngine
    let metrics = ServerMetrics()
    let responder: KeyServiceResponder
    /// Seconds that have gone since the test began.
    let elapsed = NIOLockedValueBox(0.0)

    init(rates: [ActionClass: RateLimit] = RateLimits.defaults) throws {
        directory = try temporaryDirectory()
        engine = try OKMSEngine(store: directory + "/store")
        let start = ServerClock.system.now()
        let clock = ServerClock(
            now: { [elapsed] in start + elapsed.withLockedValue { $0 } },
            uptime: { [elapsed] in elapsed.withLockedValue { $0 } })
        responder = KeyServiceResponder(
            engine: engine, rates: RateLimits(rates), metrics: metrics,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: clock)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func client(
        of account: AccountID? = nil, actions: Set<KeyAction>? = nil, expires: Double? = nil
    ) throws -> TestClient {
        TestClient(
            try engine.createAccessKey(
                for: account ?? engine.defaultAccount, actions: actions, expires: expires))
    }

    /// Lends the id and the secret of a new access key of the default account.
    func withNewAccessKey<R>(
        _ body: (_ id: String, _ secret: consuming SecretBytes) throws -> R
    ) throws -> R {
        let made = try engine.createAccessKey(for: engine.defaultAccount)
        return try body(made.id, made.secret.duplicate())
    }

    func wait(seconds: Double) { elapsed.withLockedValue { $0 += seconds } }

    /// Audit records, as text, oldest first.
    func auditLines() throws -> [String] {
        let text = try String(contentsOfFile: directory + "/store/audit.log", encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }
}

func temporaryDirectory() throws -> String {
    var template = Array("/tmp/okmsd-test-XXXXXX".utf8CString)
    return try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
}
