import Foundation
import TestSupport
import Testing

/// Proxies that the environment names: none for plain HTTP, which goes to this machine alone.
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

    private func create(through proxy: String, at service: String) throws -> Ending {
        try Workplace().shell(
            """
            export https_proxy=\(proxy) OKMS_ENDPOINT=\(service) AWS_REGION=eu-west-2
            export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=none
            sealpipe keys create
            """)
    }

    @Test func `a proxy's fault is told as the proxy's`() throws {
        let proxy = try LoopbackServer { _, _ in .answer(407, "") }
        defer { proxy.stop() }
        let refused = try create(through: proxy.url, at: "https://127.0.0.1:1")
        #expect(refused.status == 13, "\(refused)")
        #expect(refused.err.contains("it answers with status 407"), "\(refused)")
        #expect(!refused.err.contains("may have done"), "\(refused)")
        #expect(proxy.requests.count == 1)
        try withRefusingPort { url in
            let dead = try create(through: url, at: "https://127.0.0.1:1")
            #expect(dead.status == 13, "\(dead)")
            #expect(dead.err.contains("the proxy of https_proxy"), "\(dead)")
        }
    }

    @Test func `a service without TLS has surely done nothing`() throws {
        let service = try LoopbackServer(greeting: "220 ready\r\n") { _, _ in .close }
        defer { service.stop() }
        let ending = try create(
            through: "", at: service.url.replacing("http://", with: "https://"))
        #expect(ending.status == 13, "\(ending)")
        #expect(ending.err.contains("does not speak TLS"), "\(ending)")
        #expect(!ending.err.contains("may have done"), "\(ending)")
    }
}
