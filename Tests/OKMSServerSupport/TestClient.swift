import LibCrypto
import NIOCore
import NIOHTTP1
package import OKMS
package import OKMSEngine
package import OKMSWire

package import OKMSServer

/// A client of a server under test: an access key, and what it sends.
package struct TestClient: Sendable {
    package static let host = "kms.test"
    package let accessKeyID: String
    package let account: AccountID
    private let secret: SecretHolder
    package var region = "eu-west-2"
    package var service = "kms"

    package init(_ key: borrowing NewAccessKey) {
        accessKeyID = key.id
        account = key.account
        secret = SecretHolder(key.secret.duplicate())
    }

    private init(_ other: TestClient, secret: String) {
        self.init(accessKeyID: other.accessKeyID, account: other.account, secret: secret)
    }

    /// A client as `access-key create` prints it.
    package init(accessKeyID: String, account: AccountID, secret: String) {
        let bytes = Array(secret.utf8)
        self.accessKeyID = accessKeyID
        self.account = account
        self.secret = SecretHolder(
            SecretBytes(count: bytes.count) { span in
                for i in bytes.indices { span[i] = bytes[i] }
            })
    }

    /// The same access key with another secret.
    package var guessing: TestClient { TestClient(self, secret: "wrong") }

    /// The head of a signed request. `now` is in seconds since 1970.
    package func head(
        _ action: String?, _ body: String, at now: Double,
        contentType: String = WireRequest.contentType, more: [(String, String)] = []
    ) throws -> RequestHead {
        var head = RequestHead(
            headers: [HeaderField("Host", Self.host), HeaderField("Content-Type", contentType)]
                + (action.map { [HeaderField("X-Amz-Target", "TrentService.\($0)")] } ?? [])
                + more.map { HeaderField($0.0, $0.1) })
        let signer = RequestSigner(
            accessKeyID: accessKeyID, secret: secret.secret.duplicate(), region: region,
            service: service)
        try signer.sign(
            &head, payloadHash: SignatureV4.payloadHash(Array(body.utf8).span),
            at: SignatureTime(seconds: Int(now)))
        return head
    }

    /// The request as a connection hands it over.
    package func request(
        _ action: String?, _ body: String = "{}", at now: Double = ServerClock.system.now(),
        from source: String = "127.0.0.1", contentType: String = WireRequest.contentType,
        more: [(String, String)] = [], unsigned: [(String, String)] = [],
        sending sent: String? = nil
    ) throws -> ServedRequest {
        let signed = try head(action, body, at: now, contentType: contentType, more: more)
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
        for field in signed.headers { head.headers.add(name: field.name, value: field.value) }
        for (name, value) in unsigned { head.headers.add(name: name, value: value) }
        return ServedRequest(
            head: head, body: ByteBuffer(string: sent ?? body), source: RequestSource(source))
    }

    /// The request as it goes over a connection.
    package func bytes(
        _ action: String, _ body: String = "{}", at now: Double = ServerClock.system.now()
    ) throws -> String {
        let fields = try head(action, body, at: now).headers.map { "\($0.name): \($0.value)\r\n" }
        return
            "POST / HTTP/1.1\r\n\(fields.joined())Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

extension ServedResponse {
    /// The error's name, `ok` for an answer, or a description of what is neither.
    package var outcome: String {
        if status == .ok { return "ok" }
        let text = String(buffer: body)
        guard let match = text.firstMatch(of: /"__type":"(\w+)"/) else { return text }
        return String(match.1)
    }
}
