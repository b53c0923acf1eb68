package import LibCrypto

/// Signs requests with one access key for one region.
///
/// Several threads may use one; signing keys are derived once a day.
package final class RequestSigner: Sendable {
    package let accessKeyID: String
    package let region: String
    package let service: String
    private let secret: SecretBytes
    private let keys = SigningKeyCache(capacity: 4)

    package init(
        accessKeyID: String, secret: consuming SecretBytes, region: String, service: String = "kms"
    ) {
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.region = region
        self.service = service
    }

    /// Adds `X-Amz-Date` and `Authorization` to a request. All its headers are signed; `Host` is there.
    package func sign(
        _ head: inout RequestHead, payloadHash: [UInt8], at time: SignatureTime
    ) throws(CryptoError) {
        head.headers.append(HeaderField("X-Amz-Date", time.description))
        let signed = Set(head.headers.map { $0.name.lowercased() })
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let scope = CredentialScope(day: time.day, region: region, service: service)
        let key = try keys.key(of: accessKeyID, in: scope, secret: secret)
        let request = SignatureV4.canonicalRequest(
            head, signedHeaders: signed, payloadHash: payloadHash)
        let text = SignatureV4.stringToSign(request, time: time.description, scope: scope)
        let signature = String(decoding: try key.signature(of: text), as: UTF8.self)
        head.headers.append(
            HeaderField(
                "Authorization",
                "\(SignatureV4.algorithm) Credential=\(accessKeyID)/\(scope), "
                    + "SignedHeaders=\(signed.joined(separator: ";")), Signature=\(signature)"))
    }
}
