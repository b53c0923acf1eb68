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
        case alreadyExists = "AlreadyExistsException"
        case invalidAliasName = "InvalidAliasNameException"
        case invalidKeyUsage = "InvalidKeyUsageException"
        case invalidGrantToken = "InvalidGrantTokenException"
        case malformedPolicy = "MalformedPolicyDocumentException"
        case tag = "TagException"
        case dryRunOperation = "DryRunOperationException"
        case validation = "ValidationException"
        case accessDenied = "AccessDeniedException"
        case unsupportedOperation = "UnsupportedOperationException"
        case unknownOperation = "UnknownOperationException"
        /// What was sent is not what the wire asks for: no JSON, a wrong type, bad base64.
        case serialization = "SerializationException"
        case missingAuthenticationToken = "MissingAuthenticationTokenException"
        case incompleteSignature = "IncompleteSignatureException"
        case unrecognizedClient = "UnrecognizedClientException"
        case invalidSignature = "InvalidSignatureException"
        case throttling = "ThrottlingException"
        /// A service behind the service did not answer in time.
        case dependencyTimeout = "DependencyTimeoutException"
        case serviceUnavailable = "ServiceUnavailableException"
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
