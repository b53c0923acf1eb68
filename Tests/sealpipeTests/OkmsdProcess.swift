import Foundation
import Glibc
import Testing

/// okmsd with a store of its own, which is killed and started again on the same port.
final class OkmsdProcess {
    private let place: Workplace
    private var running: Running?
    private var port = 0
    /// What a command's environment needs to sign its calls.
    let credentials: String

    var url: String { "http://127.0.0.1:\(port)" }

    init(in place: Workplace) throws {
        self.place = place
        let created = try place.shell("'\(Self.program)' access-key create --store kms --json")
        let key = try created.object()
        let id = try #require(key["AccessKeyId"] as? String, "\(created)")
        let secret = try #require(key["SecretAccessKey"] as? String)
        credentials = "AWS_ACCESS_KEY_ID='\(id)' AWS_SECRET_ACCESS_KEY='\(secret)'"
        try start()
    }

    deinit { kill() }

    private static let program = URL(fileURLWithPath: Workplace.program)
        .deletingLastPathComponent().appendingPathComponent("okmsd").path

    func start() throws {
        let started = try place.start(
            script: "exec '\(Self.program)' serve --store kms --listen 127.0.0.1:\(port)")
        #expect(started.wait { started.output.hasSuffix("\n") }, "\(started.errors)")
        let match = try #require(started.output.firstMatch(of: /:(\d+)\n/), "\(started.errors)")
        port = try #require(Int(match.1))
        running = started
    }

    /// Dies in the middle of whatever it does.
    func kill() {
        running?.signal(SIGKILL)
        _ = try? running?.ended()
        running = nil
    }
}
