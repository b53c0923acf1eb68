package import OKMS

/// How an error travels: `{"__type":"NotFoundException","message":"…"}` and a status of HTTP.
package enum WireError {
    package static func body(_ error: KeyServiceError) -> [UInt8] {
        var writer = MessageWriter()
        writer.put("__type", error.code.rawValue)
        writer.put("message", error.message)
        return writer.text
    }

    /// Reads the body of an answer whose status is not 200. Never fails: what is no error of this
    /// protocol becomes one that its status suggests.
    package static func read(_ body: Span<UInt8>, status: Int) -> KeyServiceError {
        var type: String?
        var message: String?
        if var members = try? MessageReader(body) {
            type = try? members.text("__type") ?? members.text("code")
            message = try? members.text("message") ?? members.text("Message")
        }
        let name = type.map(shortName)
        let code = name.flatMap(Self.code) ?? fallback(status)
        let isUnderstood = name.flatMap(Self.code) != nil
        let text = message.flatMap { $0.isEmpty ? nil : String($0.prefix(2000)) }
        let unexplained = "the service answered with status \(status) and no explanation"
        guard isUnderstood else {
            let told = text ?? unexplained
            return KeyServiceError(code, name.map { "\($0.prefix(200)): \(told)" } ?? told)
        }
        return KeyServiceError(code, text ?? code.rawValue)
    }

    /// Without a namespace before `#` and an address behind `:`.
    private static func shortName(_ type: String) -> String {
        let name = type.split(separator: "#", omittingEmptySubsequences: false).last ?? ""
        return String(name.split(separator: ":", omittingEmptySubsequences: false).first ?? "")
    }

    private static func code(_ name: String) -> KeyServiceError.Code? {
        if let code = KeyServiceError.Code(rawValue: name) { return code }
        return switch name {
        case "Throttling", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown",
            "RequestThrottledException":
            .throttling
        case "InternalFailure", "InternalServiceError", "InternalServerError", "InternalError",
            "InternalServiceException":
            .internal
        case "ServiceUnavailable": .serviceUnavailable
        case "SignatureDoesNotMatch", "RequestExpired": .invalidSignature
        case "IncompleteSignature": .incompleteSignature
        case "MissingAuthenticationToken": .missingAuthenticationToken
        case "InvalidClientTokenId", "ExpiredTokenException", "InvalidAccessKeyId",
            "ExpiredToken":
            .unrecognizedClient
        case "AccessDenied", "OptInRequired": .accessDenied
        case "ValidationError": .validation
        case "InvalidAction", "UnknownOperation": .unknownOperation
        default: nil
        }
    }

    private static func fallback(_ status: Int) -> KeyServiceError.Code {
        switch status {
        case 401, 403: .accessDenied
        case 501: .unknownOperation
        case 429: .throttling
        // A gateway, which may have passed the request on.
        case 502, 504: .dependencyTimeout
        case 503: .serviceUnavailable
        case 500...: .internal
        default: .unknownOperation
        }
    }
}

extension KeyServiceError.Code {
    /// Source: botocore model `kms/2014-11-01` (`fault`), and what clients retry.
    package var httpStatus: Int {
        switch self {
        case .unavailable, .internal, .dependencyTimeout: 500
        case .serviceUnavailable: 503
        default: 400
        }
    }

    /// Whether the same call may succeed a moment later.
    package var isPassing: Bool {
        switch self {
        case .throttling, .unavailable, .internal, .dependencyTimeout, .serviceUnavailable: true
        default: false
        }
    }
}
