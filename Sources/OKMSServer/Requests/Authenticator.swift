import LibCrypto
import NIOHTTP1
import OKMS
import OKMSEngine
import OKMSWire

/// Finds out who sent a request, or refuses it.
///
/// In order: what needs no secret, lockout, signature. Only a signature that is wrong, or of an access
/// key that nobody has, counts as a failure: a clock that is off guesses no secret, and neither does
/// the job of somebody whose access key was made inactive.
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

    /// Notes in `trace` whom the request claims to be from, and why it is refused.
    ///
    /// `now` is in seconds since 1970.
    func authenticate(
        _ head: RequestHead, body: Span<UInt8>, at now: Double, noting trace: inout RequestTrace
    ) throws(KeyServiceError) -> AccessKey.Description {
        let claim = try verifier.claim(of: head)
        let id = claim.accessKeyID
        trace.claimedID = id
        let time = try verifier.check(claim, of: head, now: now)
        guard !lockout.isLocked(accessKey: id, source: trace.source, at: now) else {
            throw KeyServiceError(
                .accessDenied,
                "The access key, or where the request comes from, is locked for some minutes after "
                    + "repeated failures.")
        }
        let accessKey = try engine.accessKey(id)
        let isUsable = accessKey?.isUsable(at: now) ?? false
        // Whoever may not call leaves no key of his in memory.
        defer { if !isUsable { signingKeys.forget(id) } }
        do {
            let key = try accessKey.map { accessKey throws(KeyServiceError) in
                try signingKey(of: accessKey, in: claim.scope)
            }
            try verifier.verify(
                claim, of: head, at: time, payloadHash: SignatureV4.payloadHash(body), with: key)
        } catch {
            guard error.code != .internal else { throw error }
            // An access key that may not be used is, to strangers, one that nobody has.
            trace.isGuess = isUsable
            let locks = lockout.failed(
                accessKey: isUsable ? id : nil, source: trace.source, at: now)
            metrics.authenticationFailed(locks: locks)
            throw isUsable ? error : .unusableAccessKey
        }
        guard let accessKey, isUsable else {
            trace.cause = "the access key is inactive or has expired"
            throw .unusableAccessKey
        }
        lockout.succeeded(accessKey: id, source: trace.source)
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
        let target = RequestTarget(head.uri)
        self.init(
            method: head.method.rawValue, path: String(target.path), query: String(target.query),
            headers: head.headers.map { HeaderField($0.name, $0.value) })
    }
}
