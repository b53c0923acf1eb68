import NIOCore
import NIOHTTP1

/// Answers `/health` and `/metrics`, to anyone who can reach it: nothing there is secret, but neither
/// is it for strangers.
struct StatusResponder: Responder {
    let metrics: ServerMetrics
    /// Throws, with a sentence, where the service cannot do its work.
    let checkHealth: @Sendable () throws -> Void
    let otherMetrics: @Sendable () -> [MetricLine]

    static func serves(_ path: some StringProtocol) -> Bool {
        path == "/health" || path == "/metrics"
    }

    func respond(to request: ServedRequest) -> ServedResponse {
        let path = request.path
        guard Self.serves(path) else {
            return .text(.notFound, "there is /health and /metrics\n")
        }
        guard request.head.method == .GET || request.head.method == .HEAD else {
            return .text(.methodNotAllowed, "GET only\n", allow: "GET, HEAD")
        }
        return path == "/health" ? health() : .metrics(metrics.page(otherMetrics()))
    }

    func refuse(_ refusal: RequestRefusal, from source: RequestSource) -> ServedResponse {
        .text(refusal.status, "\(refusal.rawValue)\n")
    }

    private func health() -> ServedResponse {
        do {
            try checkHealth()
            return .json(.ok, #"{"status":"ok"}"#)
        } catch {
            // What is wrong is in the log; here it would be told to strangers.
            return .json(.serviceUnavailable, #"{"status":"failing"}"#)
        }
    }
}

extension ServedResponse {
    static func text(
        _ status: HTTPResponseStatus, _ text: String, allow: String? = nil
    ) -> ServedResponse {
        var headers = HTTPHeaders([("Content-Type", "text/plain; charset=utf-8")])
        if let allow { headers.add(name: "Allow", value: allow) }
        return ServedResponse(status: status, headers: headers, body: ByteBuffer(string: text))
    }

    static func json(_ status: HTTPResponseStatus, _ text: String) -> ServedResponse {
        ServedResponse(
            status: status, headers: ["Content-Type": "application/json"],
            body: ByteBuffer(string: text + "\n"))
    }

    static func metrics(_ page: String) -> ServedResponse {
        ServedResponse(
            status: .ok, headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"],
            body: ByteBuffer(string: page))
    }
}
