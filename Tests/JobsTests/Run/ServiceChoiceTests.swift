import Testing

@testable import Jobs

@Suite struct ServiceChoiceTests {
    private typealias Service = KeyChoice.Service

    private func service(
        _ name: String? = nil, region: String? = nil, _ variables: [String: String] = [:]
    ) throws(JobError) -> KeyChoice.Service {
        try Service(naming: name, region: region, variables: variables)
    }

    @Test func `the embedded service is meant unless another is named`() throws {
        #expect(try service() == .embedded)
        #expect(try service(nil, ["OKMS_ENDPOINT": "", "AWS_REGION": "eu-west-2"]) == .embedded)
        let variables = ["OKMS_ENDPOINT": "https://kms.example.com", "AWS_REGION": "eu-west-2"]
        #expect(
            try service(nil, variables)
                == .endpoint(url: "https://kms.example.com", region: "eu-west-2"))
        #expect(try service("embedded", variables) == .embedded)
    }

    @Test func `the endpoint of the AWS SDKs is taken where this program's own is not set`() throws
    {
        var variables = ["AWS_ENDPOINT_URL": "https://a.example", "AWS_REGION": "eu-west-2"]
        func url() throws -> String? {
            guard case .endpoint(let url, _) = try service(nil, variables) else { return nil }
            return url
        }
        #expect(try url() == "https://a.example")
        variables["AWS_ENDPOINT_URL_KMS"] = "https://b.example"
        #expect(try url() == "https://b.example")
        variables["OKMS_ENDPOINT"] = ""
        #expect(try url() == "https://b.example")
        variables["OKMS_ENDPOINT"] = "https://c.example"
        #expect(try url() == "https://c.example")
        variables["OKMS_ENDPOINT"] = "embedded"
        #expect(try url() == nil)
    }

    @Test func `a variable that names no service is told by its name`() {
        let error = #expect(throws: JobError.self) {
            try service(nil, ["AWS_ENDPOINT_URL": "http://kms.example.com", "AWS_REGION": "a"])
        }
        #expect(error?.status == .usage)
        #expect(error?.message.hasPrefix("AWS_ENDPOINT_URL: ") == true)
    }

    @Test func `a region is the one named, or else the environment's`() throws {
        let url = "http://127.0.0.1:8200"
        let both = ["AWS_REGION": "b", "AWS_DEFAULT_REGION": "c"]
        #expect(try service(url, region: "a", both) == .endpoint(url: url, region: "a"))
        #expect(try service(url, both) == .endpoint(url: url, region: "b"))
        #expect(
            try service(url, ["AWS_DEFAULT_REGION": "c"]) == .endpoint(url: url, region: "c"))
    }

    @Test(
        arguments: [
            ("https://kms.example.com", nil), ("https://kms.example.com", "Not A Region"),
            ("http://kms.example.com", "a"), ("https://me:secret@kms.example.com", "a"),
            ("ftp://kms", "a"), ("embeded", nil), ("", nil), ("embedded", "eu-west-2"),
        ] as [(String, String?)])
    func `what names no service is a usage error`(name: String, region: String?) {
        let error = #expect(throws: JobError.self) { try service(name, region: region) }
        #expect(error?.status == .usage)
        #expect(error.map { "\($0)".contains("secret") } == false)
    }
}
