import LibCurl
import OKMS
import OKMSWire

/// Why one try of a call failed.
enum Failure: Error {
    case unanswered(HTTPError)
    /// `isRefusal`: asking again would not help. `leastPause`: how long the service asks to wait.
    case answered(KeyServiceError, isRefusal: Bool, leastPause: Duration = .zero)

    var leastPause: Duration {
        switch self {
        case .unanswered: .zero
        case .answered(_, _, let pause): pause
        }
    }

    /// Whether the call is made again: if that may help, and does no harm where the service has done
    /// what was asked already.
    func allowsAnother(for action: KeyAction) -> Bool {
        switch self {
        case .answered(let error, let isRefusal, _):
            !isRefusal && (action.isRepeatable || error.code.isBeforeDoing)
        case .unanswered(let error):
            error.isPassing && (action.isRepeatable || error.isBeforeSending)
        }
    }

    func explained(
        for action: KeyAction, at endpoint: Endpoint, after tries: Int
    ) -> KeyServiceError {
        let times = tries == 1 ? "" : " (tried \(tries) times)"
        switch self {
        case .unanswered(.unreadableTrust(let path)):
            return KeyServiceError(
                .validation,
                "no certificates can be read from \(path); check OKMS_CA_BUNDLE or AWS_CA_BUNDLE")
        case .unanswered(let error):
            let doubt = error.isBeforeSending ? "" : Self.doubt(about: action)
            return KeyServiceError(
                .serviceUnavailable,
                "the key service \(endpoint) gave no answer: \(error)\(times)"
                    + Self.advice(on: error, at: endpoint) + doubt)
        case .answered(let error, isRefusal: true, _): return error
        case .answered(let error, isRefusal: false, _):
            let doubt = error.code.isBeforeDoing ? "" : Self.doubt(about: action)
            return KeyServiceError(
                error.code,
                "the key service \(endpoint) failed: \(error.message)\(times)\(doubt)")
        }
    }

    private static func advice(on error: HTTPError, at endpoint: Endpoint) -> String {
        switch error {
        case .notTrusted:
            return "; if it is signed by a CA of your own, name the CA's file in OKMS_CA_BUNDLE"
        case .refused, .timedOut(_, wasConnected: false), .noWay:
            guard endpoint.isSecure, let name = HTTPClient.proxyVariable else { return "" }
            return "; the way there leads through the proxy of \(name), unless NO_PROXY names it"
        case .cut where !endpoint.isSecure:
            return "; if it speaks TLS, its URL begins with https://"
        default: return ""
        }
    }

    private static func doubt(about action: KeyAction) -> String {
        guard !action.isRepeatable else { return "" }
        return "; it may have done \(action.rawValue) nevertheless: look before you ask again"
    }
}

extension KeyAction {
    /// Whether a second call, after one that was done, does no harm. Others make one thing more, or fail
    /// because it is done.
    var isRepeatable: Bool {
        switch self {
        case .createKey, .rotateKeyOnDemand, .scheduleKeyDeletion, .cancelKeyDeletion, .createAlias,
            .deleteAlias:
            false
        default: true
        }
    }
}

extension KeyServiceError.Code {
    /// Whether a service that answers it has surely not done what was asked.
    fileprivate var isBeforeDoing: Bool { self == .throttling || self == .serviceUnavailable }
}
