import Locking
import FoundationEssentials
import LibCrypto
import OKMS
import Testing

@testable import OKMSEngine

/// Lends a fresh directory and removes it, whatever happens.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("okms-\(UUID())")
    try FileManager.default.createDirectory(
        at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path)
}

/// What tests reach for behind a service.
extension AccountService {
    var store: Store { engine.store }
    var hsm: any HardwareSecurityModule { engine.hsm }
    var region: String { engine.region }
}

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let seconds = Monitor(1_767_323_045.25)

    var settings: OKMSEngine.Settings {
        var settings = OKMSEngine.Settings()
        settings.now = { self.now }
        return settings
    }

    var now: Double { seconds.read { $0 } }

    func advance(days: Double) { seconds.update { $0 += days * 86_400 } }
}
