import Foundation
import Testing

@testable import LibCurl

/// TLS with certificates of a CA that no system knows.
@Suite(.timeLimit(.minutes(2))) struct TrustTests {
    func post(_ url: String, _ trust: TrustAnchors) throws(HTTPError) -> Int {
        let body = Array("{}".utf8)
        return try HTTPClient(trust: trust, userAgent: "tests/1")
            .post(HTTPRequest(url: url), body: body.span).status
    }

    func error(_ url: String, _ trust: TrustAnchors) -> HTTPError? {
        do throws(HTTPError) {
            _ = try post(url, trust)
            return nil
        } catch {
            return error
        }
    }

    @Test func `only a CA that is named is trusted, for its own hosts`() throws {
        let server = try TLSServer()
        let url = "https://localhost:\(server.port)/"
        let ours = TrustAnchors.file(server.certificateAuthority)
        #expect(try post(url, ours) == 200)
        guard case .notTrusted? = error(url, .system) else {
            Issue.record("the system trusts what the test made")
            return
        }
        guard case .notTrusted(_, let reason)? = error("https://127.0.0.1:\(server.port)/", ours)
        else {
            Issue.record("the certificate is not for an address")
            return
        }
        #expect(reason.contains("another host"))
        let missing = "\(server.folder.path)/missing.pem"
        #expect(error(url, .file(missing)) == .unreadableTrust(path: missing))
    }

    @Test func `TLS older than 1.2 is not spoken`() throws {
        let server = try TLSServer(version: "TLSv1_1")
        let found = error(
            "https://localhost:\(server.port)/", .file(server.certificateAuthority))
        #expect(found != nil && found?.isPassing == false)
    }
}
