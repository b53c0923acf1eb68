import Foundation
import Glibc
import TestSupport
import Testing

/// A key service that takes a call and never answers.
@Suite struct HangingServiceTests {
    @Test(
        arguments: [
            ("verify set", SIGINT, 130), ("list set", SIGTERM, 143),
            ("rewrap --key default set", SIGINT, 130), ("inventory set", SIGTERM, 143),
            ("keys list", SIGINT, 130), ("keys create", SIGTERM, 143),
            ("keys decrypt <blob", SIGHUP, 143), ("keys encrypt <blob", SIGINT, 130),
            ("restore set back", SIGTERM, 143), ("check --online job.yaml", SIGINT, 130),
        ] as [(String, Int32, Int32)])
    func `a signal ends whatever waits for it`(
        command: String, number: Int32, status: Int32
    ) throws {
        let server = try LoopbackServer { _, _ in .silence }
        defer { server.stop() }
        let place = try Workplace()
        try place.write("data/one.txt", "one\n")
        #expect(try place.sealpipe("seal", "data", "set").status == 0)
        try place.write("blob", "no blob\n")
        try place.write(
            "job.yaml",
            """
            version: 1
            name: waiting
            key: { service: "\(server.url)" }
            input: stdin
            stages: [encrypt]
            output: discard
            """)
        let before = try place.shell("find set -type f | xargs sha256sum").out
        let run = try place.start(
            script: """
                export OKMS_ENDPOINT=\(server.url) AWS_REGION=eu-west-2
                export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=none
                exec '\(Workplace.program)' \(command)
                """)
        #expect(run.wait { !server.requests.isEmpty }, "the service was not called")
        let start = ContinuousClock.now
        run.signal(number)
        let ending = try run.ended()
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(ending.status == status, "\(ending)")
        let word = [SIGINT: "interrupted", SIGTERM: "terminated", SIGHUP: "hung up"][number] ?? ""
        #expect(ending.err.contains("sealpipe: error: \(word)\n"), "\(ending)")
        #expect(server.requests.count == 1)
        #expect(try place.shell("find set -type f | xargs sha256sum").out == before)
    }
}
