import LibCrypto
import OKMS
import OKMSWire

extension FuzzTarget {
    /// Signed requests, as lines: method and target, headers, an empty line, the body.
    static let signature = FuzzTarget(
        name: "signature", check: checkSignature, seeds: signatureSeeds)
}

private let verifier = SignatureVerifier(region: "eu-west-2")
/// 2026-01-02T03:04:05Z.
private let now = 1_767_323_045

@Sendable private func checkSignature(_ input: [UInt8]) throws {
    let (head, body) = request(in: input)
    try checkAuthorizations(of: head)
    let payloadHash = SignatureV4.payloadHash(body.span)
    if (try? verify(head, payloadHash)) != nil {
        try promise(
            try signedHeads().contains { signed in
                headerValues("authorization", of: signed).map(signature)
                    == headerValues("authorization", of: head).map(signature)
            }, "what is verified was signed")
    }
    // Whatever else a request holds, signed it is verified.
    var own = head
    own.headers = head.headers.filter { header in
        let name = header.name.lowercased()
        return !name.hasPrefix("x-amz-") && !["authorization", "host", "date"].contains(name)
            && Authorization.allows(name)
    }
    own.headers.append(HeaderField("Host", "kms"))
    guard !head.query.lowercased().contains("x-amz-") else { return }
    try signer().sign(&own, payloadHash: payloadHash, at: SignatureTime(seconds: now))
    do {
        try verify(own, payloadHash)
    } catch {
        throw BrokenPromise(description: "a signed request is refused: \(error)")
    }
}

private func verify(_ head: RequestHead, _ payloadHash: [UInt8]) throws {
    let claim = try verifier.claim(of: head)
    let time = try verifier.check(claim, of: head, now: Double(now))
    let key = try SigningKey(secret: secret(), scope: claim.scope)
    try verifier.verify(claim, of: head, at: time, payloadHash: payloadHash, with: key)
}

private func checkAuthorizations(of head: RequestHead) throws {
    for value in headerValues("authorization", of: head) {
        guard let read = try? Authorization(value) else { continue }
        let written =
            "\(SignatureV4.algorithm) Credential=\(read.accessKeyID)/\(read.scope), "
            + "SignedHeaders=\(read.signedHeaders.joined(separator: ";")), "
            + "Signature=\(read.signature)"
        let again = try? Authorization(written)
        try promise(again == read, "an authorization that is written again reads the same")
    }
    for header in head.headers {
        guard let time = SignatureTime(header.value) else { continue }
        try promise(
            time.description == header.value && SignatureTime(seconds: time.seconds) == time,
            "a time is written as it is read")
    }
}

extension Authorization {
    /// Whether a header of that name, in lower case, can be signed.
    fileprivate static func allows(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x21...0x7e).contains(byte) && ![0x2c, 0x3b].contains(byte)
            }
    }
}

private func headerValues(_ name: String, of head: RequestHead) -> [String] {
    head.headers.filter { $0.name.lowercased() == name }.map(\.value)
}

private func signature(_ value: String) -> String { String(value.suffix(64)) }

private func secret() -> SecretBytes {
    SecretBytes(count: 40) { bytes in
        for index in bytes.indices { bytes[index] = UInt8(ascii: "s") }
    }
}

private func signer() -> RequestSigner {
    RequestSigner(accessKeyID: "AKIDEXAMPLE", secret: secret(), region: "eu-west-2")
}

private func request(in input: [UInt8]) -> (head: RequestHead, body: [UInt8]) {
    var lines = input.split(
        separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
    let first = String(decoding: lines.popFirst() ?? [], as: UTF8.self)
    let method = first.prefix { $0 != " " }
    let target = first.dropFirst(method.count + 1)
    let path = target.prefix { $0 != "?" }
    var headers: [HeaderField] = []
    while let line = lines.popFirst(), !line.isEmpty {
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        headers.append(
            HeaderField(
                String(decoding: line[..<colon], as: UTF8.self),
                String(decoding: line[colon...].dropFirst(), as: UTF8.self)))
    }
    let head = RequestHead(
        method: String(method), path: String(path),
        query: String(target.dropFirst(path.count + 1)), headers: headers)
    return (head, Array(lines.joined(separator: [UInt8(ascii: "\n")])))
}

private let body = Array(#"{"KeyId":"alias/a"}"#.utf8)

private func signedHeads() throws -> [RequestHead] {
    let requests = [
        ("/", ""), ("/a/../b//%41 ", ""), ("/", "b=2&a=%7E&a&%zz="),
    ]
    return try requests.map { path, query in
        var head = RequestHead(
            path: path, query: query,
            headers: [
                HeaderField("Host", "kms.example.com"),
                HeaderField("X-Amz-Target", "TrentService.DescribeKey"),
                HeaderField("Content-Type", "  a   b "), HeaderField("content-type", "c"),
            ])
        try signer().sign(
            &head, payloadHash: SignatureV4.payloadHash(body.span),
            at: SignatureTime(seconds: now))
        return head
    }
}

@Sendable private func signatureSeeds() throws -> [[UInt8]] {
    var seeds = try signedHeads().map { head in
        let query = head.query.isEmpty ? "" : "?\(head.query)"
        let headers = head.headers.map { "\($0.name):\($0.value)\n" }.joined()
        return Array("POST \(head.path)\(query)\n\(headers)\n".utf8) + body
    }
    seeds.append(Array("POST /\nDate:Fri, 02 Jan 2026 03:04:05 GMT\n\n".utf8))
    return seeds
}
