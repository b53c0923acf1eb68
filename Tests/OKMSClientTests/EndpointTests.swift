import LibCrypto
import Testing

@testable import OKMSClient

@Suite struct EndpointTests {
    @Test(arguments: [
        ("https://kms.example.com", "kms.example.com", "https://kms.example.com"),
        ("https://KMS.example.com:443/", "kms.example.com", "https://kms.example.com"),
        ("https://kms.example.com:8443", "kms.example.com:8443", "https://kms.example.com:8443"),
        ("http://127.0.0.1:8200", "127.0.0.1:8200", "http://127.0.0.1:8200"),
        ("http://localhost:80", "localhost", "http://localhost"),
        ("http://[::1]:8200/", "[::1]:8200", "http://[::1]:8200"),
        ("https://[2001:db8::1]", "[2001:db8::1]", "https://[2001:db8::1]"),
    ])
    func `endpoints are read`(_ url: String, _ host: String, _ written: String) throws {
        let endpoint = try Endpoint(url)
        #expect(endpoint.host == host && endpoint.description == written)
    }

    @Test(arguments: [
        "", "kms.example.com", "ftp://kms", "https://", "https:///", "https://kms/path",
        "https://kms?x", "https://kms#x", "https://user:hunter2@kms", "https://kms:0",
        "https://kms:x",
        "https://kms:70000", "https://kms:", "https://k ms", "https://[]", "https://[::1]x",
        "https://kms\\x", "https://kms\n",
    ])
    func `what is none is refused`(_ url: String) {
        let error = #expect(throws: ClientSetupError.self) { try Endpoint(url) }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(arguments: [
        "http://kms.example.com", "http://10.0.0.1:8200", "http://127.example.com",
        "http://127.0.0.1.example.com", "http://[::2]", "http://localhost.example.com",
    ])
    func `plain HTTP is for this machine, unless told`(_ url: String) throws {
        #expect(throws: ClientSetupError.insecureEndpoint(url)) { try Endpoint(url) }
        #expect(try !Endpoint(url, allowingPlainHTTP: true).isSecure)
    }

    @Test func `a region is needed, and looks like one`() throws {
        let endpoint = try Endpoint("https://kms.example.com")
        let key = try AccessKey(id: "AKID", secret: secret("s"), place: "the test")
        for (region, expected) in [
            ("", ClientSetupError.noRegion), ("a/b", .invalidRegion("a/b")),
        ] {
            #expect(throws: expected) {
                _ = try OKMSClient(endpoint: endpoint, region: region, accessKey: key)
            }
        }
    }
}
