import LibCrypto
import OKMS
import Testing

@testable import OKMSWire

@Suite struct SignatureVerifierTests {
    static let secretText = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let body = Array(#"{"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}"#.utf8)
    /// 2026-01-02T03:04:05Z.
    static let now = 1_767_323_045.0
    static let scope = CredentialScope(day: "20260102", region: "eu-west-2", service: "kms")
    static let botocore = "68523f76982f5505e06e5c5719aef66645c357e725cf2b9639cb51c4078029f0"
    static let osc = "a2c35cbd738aaad922e98a54792f3161e88f8d090c069906ecb280a5048406e7"

    let verifier = SignatureVerifier(region: "eu-west-2")

    static func head(
        _ headers: [(String, String)] = [], signing: String = "host;x-amz-date;x-amz-target",
        signature: String = osc, credential: String = "AKIDEXAMPLE/\(scope)", query: String = ""
    ) -> RequestHead {
        let fields = [
            ("host", "kms.eu-west-2.outscale.com"), ("x-amz-date", "20260102T030405Z"),
            ("x-amz-target", "TrentService.DescribeKey"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=\(signing), "
                    + "Signature=\(signature)"
            ),
            ("content-type", "application/x-amz-json-1.1"),
        ]
        return RequestHead(
            query: query,
            headers: (fields.filter { field in !headers.contains { $0.0 == field.0 } }
                + headers.filter { !$0.1.isEmpty })
                .map { HeaderField($0.0, $0.1) })
    }

    /// A head that is rightly signed, all its headers included.
    static func signed(
        _ headers: [(String, String)], at seconds: Double = now, region: String = "eu-west-2",
        service: String = "kms"
    ) throws -> RequestHead {
        let signer = RequestSigner(
            accessKeyID: "AKIDEXAMPLE", secret: secret(secretText), region: region,
            service: service)
        var head = RequestHead(headers: headers.map { HeaderField($0.0, $0.1) })
        try signer.sign(
            &head, payloadHash: SignatureV4.payloadHash(body.span),
            at: SignatureTime(seconds: Int(seconds)))
        return head
    }

    static let usual = [("Host", "h:8200"), ("X-Amz-Target", "TrentService.DescribeKey")]

    func verify(
        _ head: RequestHead, body: [UInt8] = body, now: Double = now, isKnown: Bool = true
    ) throws -> SignatureClaim {
        let claim = try verifier.claim(of: head)
        let time = try verifier.check(claim, of: head, now: now)
        let key = try SigningKey(secret: secret(Self.secretText), scope: claim.scope)
        try verifier.verify(
            claim, of: head, at: time, payloadHash: SignatureV4.payloadHash(body.span),
            with: isKnown ? key : nil)
        return claim
    }

    func code(_ head: RequestHead, now: Double = now) -> KeyServiceError.Code? {
        do {
            _ = try verify(head, now: now)
            return nil
        } catch {
            return (error as? KeyServiceError)?.code
        }
    }

    @Test func `what botocore and osc-cli sign is verified`() throws {
        #expect(try verify(Self.head()).accessKeyID == "AKIDEXAMPLE")
        let names = "content-type;host;x-amz-date;x-amz-target"
        #expect(try verify(Self.head(signing: names, signature: Self.botocore)).scope == Self.scope)
    }

    @Test func `canonical requests have the digests that were computed elsewhere`() {
        let hash = SignatureV4.payloadHash(Self.body.span)
        #expect(
            text(hash) == "8bf22c037cfe51c8fa0de7ae4855972b278682e9886f6ec6673390584f613d12")
        let names = ["host", "x-amz-date", "x-amz-target"]
        let osc = SignatureV4.canonicalRequest(
            Self.head(), signedHeaders: names, payloadHash: hash)
        #expect(
            text(SignatureV4.payloadHash(osc.span))
                == "8069209f1207064fa66429b11230d062220d5ecfacc5525454fdc5f957f77257")
        let botocore = SignatureV4.canonicalRequest(
            Self.head(), signedHeaders: ["content-type"] + names, payloadHash: hash)
        #expect(
            text(SignatureV4.payloadHash(botocore.span))
                == "cbd1ce1990d5ab360fffb47fec84da79d32b88bf3b30e8e0dcedcca9515a840c")
    }

    @Test func `our own signer is believed, under either name of the service`() throws {
        #expect(code(try Self.signed(Self.usual)) == nil)
        #expect(code(try Self.signed(Self.usual, service: "okms")) == nil)
        #expect(code(try Self.signed(Self.usual, service: "s3")) == .invalidSignature)
        #expect(code(try Self.signed(Self.usual, region: "eu-west-3")) == .invalidSignature)
    }

    @Test func `another body, header or signature does not match`() throws {
        #expect(throws: KeyServiceError.self) { try verify(Self.head(), body: Self.body + [0x20]) }
        #expect(code(Self.head([("x-amz-target", "TrentService.Decrypt")])) == .invalidSignature)
        #expect(code(Self.head([("host", "elsewhere")])) == .invalidSignature)
        #expect(
            code(Self.head(signature: String(Self.osc.dropLast()) + "0")) == .invalidSignature)
    }

    @Test func `an unknown access key is refused as such, whatever the signature`() {
        for signature in [Self.osc, Self.botocore] {
            let error = #expect(throws: KeyServiceError.self) {
                _ = try verify(Self.head(signature: signature), isKnown: false)
            }
            #expect(error?.code == .unrecognizedClient)
        }
    }

    @Test func `clocks may differ by five minutes in both directions`() {
        for seconds in [-300.0, -299, 0, 299, 300] {
            #expect(code(Self.head(), now: Self.now + seconds) == nil)
        }
        for seconds in [-301.0, 301, 86400, -86400] {
            #expect(code(Self.head(), now: Self.now + seconds) == .invalidSignature)
        }
    }

    @Test func `the day of the scope is that of the date`() {
        #expect(
            code(Self.head(credential: "AKIDEXAMPLE/20260103/eu-west-2/kms/aws4_request"))
                == .invalidSignature)
    }

    @Test func `a request without a header is told which way it lacks`() {
        #expect(code(Self.head([("authorization", "")])) == .missingAuthenticationToken)
        #expect(code(Self.head([("authorization", "Basic dTpw")])) == .incompleteSignature)
        #expect(code(Self.head([("x-amz-date", "")])) == .invalidSignature)
        #expect(code(Self.head([("x-amz-date", "yesterday")])) == .incompleteSignature)
    }

    @Test func `signatures in the query string are not served`() {
        #expect(
            code(Self.head(query: "X-Amz-Signature=1&Action=Decrypt")) == .incompleteSignature)
        #expect(code(Self.head(query: "a=1&x-amz-date=1")) == .incompleteSignature)
    }

    @Test func `what decides about a request must be signed`() throws {
        #expect(code(Self.head(signing: "x-amz-date;x-amz-target")) == .invalidSignature)
        #expect(code(Self.head(signing: "host;x-amz-date")) == .invalidSignature)
        #expect(code(Self.head(signing: "host;x-amz-target")) == .invalidSignature)
        #expect(code(Self.head([("x-amz-new", "1")])) == .invalidSignature)
        // These two are not of the family.
        #expect(code(Self.head([("amz-sdk-request", "1"), ("x-amzn-trace-id", "1")])) == nil)
    }

    @Test func `a header that decides stands once`() throws {
        for name in ["host", "x-amz-target", "x-amz-date"] {
            var head = Self.head()
            head.headers.append(HeaderField(name.uppercased(), "again"))
            #expect(code(head) == .incompleteSignature)
        }
        var head = Self.head()
        head.headers += head.headers.filter { $0.name == "authorization" }
        #expect(code(head) == .incompleteSignature)
    }

    @Test func `a signed header that is not there does not count as empty`() {
        #expect(
            code(Self.head(signing: "host;range;x-amz-date;x-amz-target")) == .invalidSignature)
    }

    @Test func `session tokens are refused`() throws {
        #expect(code(Self.head([("x-amz-security-token", "t")])) == .unrecognizedClient)
        #expect(
            code(try Self.signed(Self.usual + [("X-Amz-Security-Token", "t")]))
                == .unrecognizedClient)
    }

    @Test func `a declared digest must be that of the body`() throws {
        let hash = text(SignatureV4.payloadHash(Self.body.span))
        for (declared, expected) in [
            (hash, nil), ("UNSIGNED-PAYLOAD", KeyServiceError.Code.invalidSignature),
            ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", .invalidSignature),
        ] {
            let head = try Self.signed(Self.usual + [("X-Amz-Content-Sha256", declared)])
            #expect(code(head) == expected)
        }
    }

    @Test func `a Date header stands in for X-Amz-Date if it is signed`() throws {
        let signer = try SigningKey(secret: secret(Self.secretText), scope: Self.scope)
        for (date, names) in [
            ("20260102T030405Z", "date;host;x-amz-target"),
            ("Fri, 02 Jan 2026 03:04:05 GMT", "date;host;x-amz-target"),
        ] {
            let unsigned = Self.head([("x-amz-date", ""), ("date", date)])
            let request = SignatureV4.canonicalRequest(
                unsigned, signedHeaders: names.split(separator: ";").map(String.init),
                payloadHash: SignatureV4.payloadHash(Self.body.span))
            let signature = try signer.signature(
                of: SignatureV4.stringToSign(
                    request, time: "20260102T030405Z", scope: Self.scope))
            let head = Self.head(
                [("x-amz-date", ""), ("date", date)], signing: names, signature: text(signature))
            #expect(code(head) == nil)
        }
        let unsigned = Self.head(
            [("x-amz-date", ""), ("date", "20260102T030405Z")], signing: "host;x-amz-target")
        #expect(code(unsigned) == .invalidSignature)
    }

    @Test func `no answer tells what was computed`() throws {
        let error = #expect(throws: KeyServiceError.self) {
            _ = try verify(Self.head(signature: Self.botocore))
        }
        #expect(error?.message.contains(Self.osc) == false)
    }
}
