import NIOHTTP1
import OKMS
import OKMSEngine
import OKMSWire

/// Finds out who sent a request, or refuses it.
///
/// In order: what needs no secret, lockout, signature. Only a signature that is wrong, or of an access
/// key that is unknown or inactive, counts as a failure: a clock that is off guesses no secret.
struct Authenticator: Sendable {
    private let engine: OKMSEngine
    private let verifier: SignatureVerifier
    private let lockout: Lockout
    private let metrics: ServerMetrics
    private let signingKeys: SigningKeyCache

    init(
        engine: OKMSEngine, clockSkewSeconds: Double, lockout: Lockout, metrics: ServerMetrics,
        signingKeys: SigningKeyCache = SigningKeyCache()
    ) {
        self.engine = engine
        self.lockout = lockout
        self.metrics = metrics
        self.signingKeys = signingKeys
        verifier = SignatureVerifier(region: engine.region, skewSeconds: Int(clockSkewSeconds))
    }

    /// Notes in `claimedID` the access key that the request claims, as soon as it is known.
    ///
    /// `now` is in seconds since 1970.
    func authenticate(
        _ head: RequestHead, body: Span<UInt8>, from source: RequestSource, at now: Double,
        claimedID: inout String?
    ) throws(KeyServiceError) -> AccessKey.Description {
        let claim = try verifier.claim(of: head, now: now)
        let id = claim.accessKeyID
        claimedID = id
        guard !lockout.isLocked(accessKey: id, source: source, at: now) else {
            throw KeyServiceError(
                .accessDenied,
                "The access key, or where the request comes from, is locked for some minutes after "
                    + "repeated failures.")
        }
        let accessKey = try engine.accessKey(id).flatMap { $0.isUsable(at: now) ? $0 : nil }
        if accessKey == nil { signingKeys.forget(id) }
        do {
            let key = try accessKey.map { accessKey throws(KeyServiceError) in
                try signingKey(of: accessKey, in: claim.scope)
            }
            try verifier.verify(
                claim, of: head, payloadHash: SignatureV4.payloadHash(body), with: key)
        } catch {
            if error.code != .internal {
                let locks = lockout.failed(accessKey: id, source: source, at: now)
                metrics.authenticationFailed(locks: locks)
            }
            throw error
        }
        guard let accessKey else {
            throw KeyServiceError(.internal, "a signature without an access key was accepted")
        }
        lockout.succeeded(accessKey: id, source: source)
        return accessKey.description
    }

    private func signingKey(
        of accessKey: AccessKey, in scope: CredentialScope
    ) throws(KeyServiceError) -> SigningKey {
        do {
            return try signingKeys.key(
                of: accessKey.id, in: scope, secret: accessKey.secret.secret)
        } catch {
            throw KeyServiceError(.internal, "\(error)")
        }
    }
}

extension RequestHead {
    /// As it came: no name or value decoded, folded or merged.
    init(_ head: HTTPRequestHead) {
        let uri = head.uri.utf8
        let mark = uri.firstIndex(of: UInt8(ascii: "?")) ?? uri.endIndex
        self.init(
            method: head.method.rawValue, path: String(head.uri[..<mark]),
            query: String(head.uri[mark...].dropFirst()),
            headers: head.headers.map { HeaderField($0.name, $0.value) })
    }
}
