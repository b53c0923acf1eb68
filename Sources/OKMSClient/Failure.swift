import LibCurl
import OKMS
import OKMSWire

/// Why one try of a call failed.
enum Failure: Error {
    case unanswered(HTTPError)
    /// `isRefusal`: asking again would not help.
    case answered(KeyServiceError, isRefusal: Bool)

    /// Whether the call is made again. One that makes something new each time is made again only if
    /// it has surely not been done.
    func allowsAnother(for action: KeyAction) -> Bool {
        switch (self, action) {
        case (.answered(let error, let isRefusal), .createKey),
            (.answered(let error, let isRefusal), .rotateKeyOnDemand):
            !isRefusal && (error.code == .throttling || error.code == .serviceUnavailable)
        case (.answered(_, let isRefusal), _): !isRefusal
        case (.unanswered(let error), .createKey), (.unanswered(let error), .rotateKeyOnDemand):
            error.isPassing && error.isBeforeSending
        case (.unanswered(let error), _): error.isPassing
        }
    }

    private static func advice(_ error: HTTPError) -> String {
        guard case .notTrusted = error else { return "" }
        return "; if it is signed by a CA of your own, name the CA's file in OKMS_CA_BUNDLE"
    }

    func explained(at endpoint: Endpoint, after tries: Int) -> KeyServiceError {
        let times = tries == 1 ? "" : " (tried \(tries) times)"
        switch self {
        case .unanswered(let error):
            let times = times + Self.advice(error)
            return KeyServiceError(
                .serviceUnavailable, "the key service \(endpoint) gave no answer: \(error)\(times)")
        case .answered(let error, isRefusal: true): return error
        case .answered(let error, isRefusal: false):
            return KeyServiceError(
                error.code, "the key service \(endpoint) failed: \(error.message)\(times)")
        }
    }
}
