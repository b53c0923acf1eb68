import LibCrypto
package import OKMS

/// Checks the signatures of requests, in three steps: `claim` says whose signature it is said to be,
/// `check` all that needs no secret, and `verify` whether it is his, once his key was looked up.
///
/// Answers to a wrong signature never tell what was computed.
/// Source: AWS Signature Version 4.
package struct SignatureVerifier: Sendable {
    package let region: String
    /// Names of this service in a credential scope.
    package let services: Set<String>
    /// How far the clocks of client and server may differ, in seconds.
    package let skewSeconds: Int

    package init(
        region: String, services: Set<String> = ["kms", "okms"], skewSeconds: Int = 300
    ) {
        self.region = region
        self.services = services
        self.skewSeconds = skewSeconds
    }

    /// Throws `missingAuthenticationToken` or `incompleteSignature`.
    package func claim(of head: RequestHead) throws(KeyServiceError) -> SignatureClaim {
        let authorizations = head.values(of: "authorization")
        guard
            !head.query.utf8.contains(where: { $0 == UInt8(ascii: "X") || $0 == UInt8(ascii: "x") })
                || !Self.isSignedByQuery(head.query)
        else { throw .incomplete("signatures in the query string are not served") }
        guard let value = authorizations.first else {
            throw KeyServiceError(
                .missingAuthenticationToken, "The request has no Authorization header.")
        }
        guard authorizations.count == 1 else { throw .incomplete("it stands twice") }
        return SignatureClaim(authorization: try Authorization(value))
    }

    /// `now` is in seconds since 1970. Throws `incompleteSignature`, `unrecognizedClient` (for a
    /// session token) or `invalidSignature`.
    package func check(
        _ claim: SignatureClaim, of head: RequestHead, now: Double
    ) throws(KeyServiceError) -> SignatureTime {
        let signed = claim.authorization.signedHeaders
        try checkHeaders(head, signed)
        let time = try Self.time(of: head, signed)
        try check(claim.scope, time, now: Int(now))
        return time
    }

    /// Compares the claim with what the key signs at the time that `check` answered. Without a key it
    /// takes as long, then refuses.
    ///
    /// Throws `invalidSignature`, or `unrecognizedClient` where there is no key.
    package func verify(
        _ claim: SignatureClaim, of head: RequestHead, at time: SignatureTime,
        payloadHash: [UInt8], with key: SigningKey?
    ) throws(KeyServiceError) {
        let request = SignatureV4.canonicalRequest(
            head, signedHeaders: claim.authorization.signedHeaders, payloadHash: payloadHash)
        let text = SignatureV4.stringToSign(
            request, time: time.description, scope: claim.scope)
        let signature: [UInt8]
        do {
            let key = try key ?? SigningKey.dummy(scope: claim.scope)
            precondition(key.scope == claim.scope, "a signing key fits the claim's scope")
            signature = try key.signature(of: text)
        } catch {
            throw KeyServiceError(.internal, "\(error)")
        }
        let isEqual = constantTimeEqual(
            signature.span, Array(claim.authorization.signature.utf8).span)
        guard key != nil else {
            throw .unusableAccessKey
        }
        guard isEqual else {
            throw .invalid(
                "The signature of the request does not match. Check the secret access key, and "
                    + "whether something between client and service changes requests")
        }
        for declared in head.values(of: "x-amz-content-sha256")
        where !declared.utf8.elementsEqual(payloadHash) {
            throw .invalid("'x-amz-content-sha256' is not the digest of the body")
        }
    }

    private func check(
        _ scope: CredentialScope, _ time: SignatureTime, now: Int
    ) throws(KeyServiceError) {
        guard scope.region == region else {
            throw .invalid("Credential should be scoped to region '\(region)'")
        }
        guard services.contains(scope.service) else {
            throw .invalid("Credential should be scoped to service 'kms'")
        }
        guard scope.day == time.day else {
            throw .invalid("The day in Credential is not that of the request's date")
        }
        let clock = SignatureTime(seconds: now)
        if time.seconds < now - skewSeconds {
            throw .invalid(
                "Signature expired: \(time) is more than \(skewSeconds) seconds before \(clock)")
        }
        if time.seconds > now + skewSeconds {
            throw .invalid(
                "Signature not yet current: \(time) is more than \(skewSeconds) seconds after "
                    + "\(clock)")
        }
    }

    /// What decides about a request must be signed, and be there once.
    private func checkHeaders(
        _ head: RequestHead, _ signed: [String]
    ) throws(KeyServiceError) {
        var seen: Set<String> = []
        var single: Set<String> = []
        for header in head.headers {
            let isOurs = header.name.hasASCIIPrefix("x-amz-")
            let isHost = header.name.isEqual(toLowercase: "host")
            let isDate = header.name.isEqual(toLowercase: "date")
            let name = header.name.lowercased()
            if isOurs || isHost || isDate {
                guard single.insert(name).inserted else {
                    throw KeyServiceError(
                        .incompleteSignature, "Header '\(name)' stands twice in the request.")
                }
            }
            seen.insert(name)
            if name == "x-amz-security-token" {
                throw KeyServiceError(
                    .unrecognizedClient,
                    "The security token included in the request is invalid: this service knows "
                        + "long-lived access keys only.")
            }
            if isOurs, !signed.contains(name) {
                throw .invalid("'\(name)' must be a 'SignedHeader' in the Authorization")
            }
        }
        guard signed.contains("host") else {
            throw .invalid("'host' must be a 'SignedHeader' in the Authorization")
        }
        for name in signed where !seen.contains(name) {
            throw .invalid("The request has no header '\(name)', which is a 'SignedHeader'")
        }
    }

    private static func time(
        of head: RequestHead, _ signed: [String]
    ) throws(KeyServiceError) -> SignatureTime {
        if let text = head.values(of: "x-amz-date").first {
            guard let time = SignatureTime(text) else {
                throw KeyServiceError(
                    .incompleteSignature, "Header 'x-amz-date' is not of the form YYYYMMDDThhmmssZ."
                )
            }
            return time
        }
        guard let text = head.values(of: "date").first else {
            throw KeyServiceError(
                .incompleteSignature, "The request has neither 'x-amz-date' nor 'date'.")
        }
        guard signed.contains("date") else {
            throw .invalid("'date' must be a 'SignedHeader' in the Authorization")
        }
        guard let time = SignatureTime(text) ?? SignatureTime(httpDate: text) else {
            throw KeyServiceError(.incompleteSignature, "Header 'date' is no date.")
        }
        return time
    }

    private static func isSignedByQuery(_ query: String) -> Bool {
        query.utf8.split(separator: UInt8(ascii: "&")).contains { pair in
            Substring(pair).lowercased().hasPrefix("x-amz-")
        }
    }
}

/// Whose signature a request is said to carry. Worth nothing until it is verified.
package struct SignatureClaim: Hashable, Sendable {
    let authorization: Authorization

    package var accessKeyID: String { authorization.accessKeyID }
    package var scope: CredentialScope { authorization.scope }
}

extension KeyServiceError {
    /// One answer for all access keys that cannot be used: why is nothing for strangers.
    package static let unusableAccessKey = KeyServiceError(
        .unrecognizedClient, "The access key of the request is unknown or inactive.")

    fileprivate static func invalid(_ reason: String) -> KeyServiceError {
        KeyServiceError(.invalidSignature, "\(reason).")
    }
}
