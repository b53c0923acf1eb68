/// Why a request got no answer.
package enum HTTPError: Error, Equatable, Sendable {
    case invalidURL(String)
    /// No address is known for the name.
    case cannotResolve(host: String)
    /// Nothing listens there, or no way leads there.
    case refused(host: String)
    /// The whole of the time that was allowed passed.
    case timedOut(host: String, wasConnected: Bool)
    /// The certificate is not one that this machine trusts for the host.
    case notTrusted(host: String, reason: String)
    /// What listens there does not speak TLS, or none that this side speaks.
    case noTLS(host: String)
    /// The proxy that the environment names does not lead there.
    case noWay(host: String, reason: String)
    /// No certificates could be read from the file that was to say whom to trust.
    case unreadableTrust(path: String)
    /// The connection broke before the answer was whole.
    case cut(host: String)
    /// The answer is longer than allowed, in bytes.
    case tooLarge(limit: Int)
    case cancelled
    case failed(reason: String)
}

extension HTTPError {
    /// Whether the same request may get an answer a moment later.
    package var isPassing: Bool {
        switch self {
        case .cannotResolve, .refused, .timedOut, .cut: true
        default: false
        }
    }

    /// Whether the server has surely seen nothing of the request.
    package var isBeforeSending: Bool {
        switch self {
        case .invalidURL, .cannotResolve, .refused, .timedOut(_, wasConnected: false), .notTrusted,
            .unreadableTrust, .noTLS, .noWay:
            true
        default: false
        }
    }
}

extension HTTPError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidURL(let url): "'\(url)' is no URL of http or https"
        case .cannotResolve(let host): "the name '\(host)' cannot be resolved"
        case .refused(let host): "\(host) cannot be reached: nothing answers there"
        case .timedOut(let host, wasConnected: false): "\(host) did not take the call in time"
        case .timedOut(let host, wasConnected: true): "\(host) did not answer in time"
        case .notTrusted(let host, let reason):
            "the certificate of \(host) is not trusted (\(reason))"
        case .noTLS(let host): "\(host) does not speak TLS as this side does: is it plain HTTP?"
        case .noWay(let host, let reason): "the proxy does not lead to \(host): \(reason)"
        case .unreadableTrust(let path): "no certificates can be read from \(path)"
        case .cut(let host): "\(host) broke the connection"
        case .tooLarge(let limit): "the answer is longer than \(limit) bytes"
        case .cancelled: "the request was cancelled"
        case .failed(let reason): "the request failed: \(reason)"
        }
    }
}
