import Foundation
import OKMS
import TestSupport
import Testing

@testable import Jobs

/// Jobs that take their keys from a service elsewhere.
@Suite(.timeLimit(.minutes(2))) struct RemoteServiceTests {
    static let arn = "arn:ows:kms:eu-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    static let credentials = ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "sesame"]

    let place: Workplace

    init() throws {
        place = try Workplace()
        try place.write("data/a", Array("hello".utf8))
    }

    /// Hands out and opens one data key of zeroes.
    static func answer(_ request: LoopbackServer.Request, _: Int) -> LoopbackServer.Reply {
        let plaintext = Data(count: 32).base64EncodedString()
        return .answer(
            200, #"{"KeyId":"\#(arn)","CiphertextBlob":"AQID","Plaintext":"\#(plaintext)"}"#)
    }

    func run(
        _ job: Job, at url: String, key: String = "default",
        variables: [String: String] = credentials
    ) throws(JobError) {
        var job = job
        job.key.service = .endpoint(url: url, region: "eu-west-2")
        job.key.names = [key]
        let environment = RunEnvironment(
            store: place("okms"), tool: "tests 1", remote: RemoteService(variables: variables))
        _ = try JobRunner(job, environment: environment, progress: RunProgress()).run()
    }

    var seal: Job { .seal([Source(path: place("data"), name: "data")], into: place("set")) }

    /// Fails to seal, and shows that nothing was written.
    func refusal(
        at url: String, variables: [String: String] = credentials
    ) throws -> JobError {
        let error = #expect(throws: JobError.self) { try run(seal, at: url, variables: variables) }
        #expect(!FileManager.default.fileExists(atPath: place("set")))
        return try #require(error)
    }

    @Test func `an archive is sealed and restored`() throws {
        let server = try LoopbackServer(Self.answer)
        try run(seal, at: server.url)
        try run(.restore(place("set"), into: place("out")), at: server.url, key: Self.arn)
        #expect(try place.read("out/data/a") == Array("hello".utf8))
        let targets = server.requests.map { $0.header("X-Amz-Target") }
        #expect(targets == ["TrentService.GenerateDataKey", "TrentService.Decrypt"])
        #expect(server.requests[0].header("User-Agent") == "tests/1")
        #expect(!FileManager.default.fileExists(atPath: place("okms")))
    }

    @Test func `a job that names another key opens nothing`() throws {
        let server = try LoopbackServer(Self.answer)
        try run(seal, at: server.url)
        let other = Self.arn.replacingOccurrences(of: "1234abcd", with: "00000000")
        let error = #expect(throws: JobError.self) {
            try run(.restore(place("set"), into: place("out")), at: server.url, key: other)
        }
        #expect(error?.status == .keyRefused)
    }

    @Test func `without credentials the service is not asked`() throws {
        let server = try LoopbackServer(Self.answer)
        let error = try refusal(at: server.url, variables: ["HOME": place.path])
        #expect(error.status == .keyRefused)
        #expect(error.hint?.contains("AWS_ACCESS_KEY_ID") == true)
        #expect(server.requests.isEmpty)
        let token = Self.credentials.merging(["AWS_SESSION_TOKEN": "t"]) { $1 }
        #expect(try refusal(at: server.url, variables: token).status == .keyRefused)
    }

    @Test(arguments: [
        "InvalidSignatureException", "UnrecognizedClientException", "AccessDeniedException",
        "NotFoundException", "DisabledException", "KMSInvalidStateException",
    ])
    func `a refusal is final, and of the key`(_ type: String) throws {
        let server = try LoopbackServer { _, _ in
            .answer(400, #"{"__type":"\#(type)","message":"the reason"}"#)
        }
        let error = try refusal(at: server.url)
        #expect(error.status == .keyRefused)
        #expect(server.requests.count == 1)
    }

    @Test func `a service without a default key asks for the ARN`() throws {
        let server = try LoopbackServer { _, _ in
            .answer(400, #"{"__type":"NotFoundException","message":"no alias"}"#)
        }
        let error = try refusal(at: server.url)
        #expect(error.status == .keyRefused && error.message.contains("name one by its ARN"))
    }

    @Test func `a service that is not there is unreachable, once all tries have failed`() throws {
        try withRefusingPort { url in
            let error = try refusal(at: url)
            #expect(error.status == .unreachable)
            #expect(error.message.contains(url.dropFirst("http://".count)))
            #expect(error.hint != nil)
        }
    }

    @Test func `a run that is cancelled does not wait for the service`() throws {
        let server = try LoopbackServer { _, _ in .silence }
        var job = seal
        job.key.service = .endpoint(url: server.url, region: "eu-west-2")
        let runner = JobRunner(
            job,
            environment: RunEnvironment(
                store: place("okms"), tool: "tests 1",
                remote: RemoteService(variables: Self.credentials)),
            progress: RunProgress())
        Thread.detachNewThread {
            while server.requests.isEmpty { Thread.sleep(forTimeInterval: 0.01) }
            runner.cancel(JobError(.interrupted, "interrupted"))
        }
        let error = #expect(throws: JobError.self) { try runner.run() }
        #expect(error?.status == .interrupted)
    }

    @Test func `certificates that cannot be read are told`() throws {
        let variables = Self.credentials.merging(["OKMS_CA_BUNDLE": place("missing.pem")]) { $1 }
        let error = try refusal(at: "https://127.0.0.1:1", variables: variables)
        #expect(error.status == .unreachable)
    }

    @Test func `plain HTTP to elsewhere and odd URLs are errors of usage`() throws {
        #expect(try refusal(at: "http://kms.example.com").status == .usage)
        #expect(try refusal(at: "https://kms.example.com/path").status == .usage)
    }
}
