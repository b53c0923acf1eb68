import OKMSClient
import OKMSConformance
import Testing

/// A client and a server between the caller and the engine change nothing.
@Suite(.timeLimit(.minutes(3))) struct ClientConformanceTests {
    private static let client = Conformer("client of a server") { body in
        let service = try TestService()
        let server = try ConnectionServer(service.responder)
        try service.withNewAccessKey { id, secret in
            try body(
                OKMSClient(
                    endpoint: Endpoint("http://127.0.0.1:\(server.port)"), region: "eu-west-2",
                    accessKey: AccessKey(id: id, secret: secret, place: "the test")))
        }
        withExtendedLifetime(server) {}
    }

    @Test(arguments: ConformanceCheck.all)
    func `it does what every key management service does`(check: ConformanceCheck) throws {
        try check.run(on: Self.client)
    }
}
