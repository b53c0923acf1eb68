/// Why a key management service did not do what it was asked, in the words of the AWS KMS protocol.
/// Source: botocore model `kms/2014-11-01`, error shapes.
package struct KeyServiceError: Error, Hashable, Sendable {
    package enum Code: String, Sendable {
        case notFound = "NotFoundException"
        case invalidARN = "InvalidArnException"
        case disabled = "DisabledException"
        case invalidState = "KMSInvalidStateException"
        case invalidCiphertext = "InvalidCiphertextException"
        case incorrectKey = "IncorrectKeyException"
        case invalidMarker = "InvalidMarkerException"
        case limitExceeded = "LimitExceededException"
        case validation = "ValidationException"
        case accessDenied = "AccessDeniedException"
        case unsupportedOperation = "UnsupportedOperationException"
        /// The service or its HSM failed; the same call may succeed later.
        case unavailable = "KeyUnavailableException"
        case `internal` = "KMSInternalException"
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension KeyServiceError: CustomStringConvertible {
    package var description: String { message }
}
