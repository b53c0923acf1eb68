import NIOCore
import NIOHTTP1
import Testing

@testable import OKMSServer

@Suite struct StatusResponderTests {
    private struct Failure: Error {}

    private func answer(
        _ uri: String, _ method: HTTPMethod = .GET, health: @escaping @Sendable () throws -> Void
    ) -> ServedResponse {
        let responder = StatusResponder(
            metrics: ServerMetrics(), checkHealth: health, otherMetrics: { [] })
        return responder.respond(
            to: ServedRequest(
                head: HTTPRequestHead(version: .http1_1, method: method, uri: uri),
                body: ByteBuffer(), source: RequestSource("127.0.0.1")))
    }

    @Test func `health is 200 or 503, and says no more`() {
        let healthy = answer("/health?now") {}
        #expect(healthy.status == .ok)
        let failing = answer("/health") { throw Failure() }
        #expect(failing.status == .serviceUnavailable)
        #expect(String(buffer: failing.body) == "{\"status\":\"failing\"}\n")
    }

    @Test func `metrics are text of Prometheus`() {
        let response = answer("/metrics") {}
        #expect(
            response.headers.first(name: "content-type")
                == "text/plain; version=0.0.4; charset=utf-8")
    }

    @Test func `nothing else is there`() {
        #expect(answer("/") {}.status == .notFound)
        #expect(answer("/metrics/x") {}.status == .notFound)
        #expect(answer("/health", .POST) {}.status == .methodNotAllowed)
    }
}
