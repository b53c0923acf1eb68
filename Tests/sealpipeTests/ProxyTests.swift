import Foundation
import TestSupport
import Testing

/// Plain HTTP goes to this machine alone, whatever proxy the environment names.
@Suite(.timeLimit(.minutes(2))) struct ProxyTests {
    @Test func `a proxy reads no data key`() throws {
        let proxy = try LoopbackServer { _, _ in .answer(502, "") }
        defer { proxy.stop() }
        let service = try LoopbackServer { _, _ in .answer(200, #"{"Keys":[],"Truncated":false}"#) }
        defer { service.stop() }
        let ending = try Workplace().shell(
            """
            export http_proxy=\(proxy.url) all_proxy=\(proxy.url) ALL_PROXY=\(proxy.url)
            export OKMS_ENDPOINT=\(service.url) AWS_REGION=eu-west-2
            export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=none
            sealpipe keys list
            """)
        #expect(ending.status == 0, "\(ending)")
        #expect(proxy.requests.isEmpty)
        #expect(!service.requests.isEmpty)
    }
}
