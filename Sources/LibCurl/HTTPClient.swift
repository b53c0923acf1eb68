private import Glibc
import Locking

/// Makes requests over HTTP/1.1 and keeps connections for the next ones.
///
/// Calls block the thread that makes them and may be made from several at once. TLS is 1.2 or newer,
/// redirects are answers like others. A proxy is used for https alone, if `https_proxy` and its kin say
/// so.
/// Source: libcurl-easy(3).
package final class HTTPClient: Sendable {
    private let trust: TrustAnchors
    private let userAgent: String
    /// Handles that no request uses now; each holds its connection open.
    private let idle = Monitor<[EasyHandle]>([])
    private let idleLimit = 16

    package init(trust: TrustAnchors = .system, userAgent: String) {
        self.trust = trust
        self.userAgent = userAgent
    }

    /// Sends a body and waits for the answer.
    ///
    /// `isCancelled` is asked at least once a second; the request then ends with `cancelled`.
    package func post(
        _ request: HTTPRequest, body: Span<UInt8>,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(HTTPError) -> HTTPResponse {
        let handle: EasyHandle
        if let known = idle.update({ $0.popLast() }) {
            handle = known
        } else {
            handle = try EasyHandle(trust, userAgent: userAgent)
        }
        let response = try handle.post(request, body: body, isCancelled: isCancelled)
        // A handle whose request failed is not kept: who knows what became of its connection.
        idle.update { if $0.count < idleLimit { $0.append(handle) } }
        return response
    }

    /// The environment's variable that names a proxy for https, if one is set.
    package static var proxyVariable: String? {
        ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].first {
            unsafe getenv($0).map { unsafe $0.pointee != 0 } ?? false
        }
    }
}
