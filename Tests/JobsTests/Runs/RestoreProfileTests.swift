import Foundation
import OKMS
import TestSupport
import Testing

@testable import Jobs

/// Who restores is proved to be able to, before anything is read.
@Suite(.timeLimit(.minutes(2))) struct RestoreProfileTests {
    let place: Workplace
    let variables: [String: String]

    init() throws {
        place = try Workplace()
        try place.write("data/a", Array("hello".utf8))
        try place.write(
            "credentials",
            Array("[restorer]\naws_access_key_id=RESTORER\naws_secret_access_key=x\n".utf8))
        try place.shell("chmod 600 credentials")
        variables = RemoteServiceTests.credentials.merging(
            ["AWS_SHARED_CREDENTIALS_FILE": place("credentials")]
        ) { $1 }
    }

    private var environment: RunEnvironment {
        RunEnvironment(
            store: place("okms"), tool: "tests 1", remote: RemoteService(variables: variables))
    }

    private func job(at url: String, profile: String? = "restorer") -> Job {
        var job = Job.seal([Source(path: place("data"), name: "data")], into: place("set"))
        job.key = KeyChoice(
            service: .endpoint(url: url, region: "eu-west-2"), restoreProfile: profile)
        return job
    }

    private func run(_ job: Job) throws -> RunSummary {
        try JobRunner(job, environment: environment, progress: RunProgress()).run()
    }

    private func check(_ job: Job) throws {
        try JobProof.prove(job, environment: environment, cancelledBy: Cancellation())
    }

    /// The actions that were asked for, each with the access key that asked.
    private func calls(_ server: LoopbackServer) -> [String] {
        server.requests.map { request in
            let action = request.header("X-Amz-Target")?.split(separator: ".").last ?? ""
            let isRestorer = request.header("Authorization")?.contains("RESTORER/") == true
            return "\(action) \(isRestorer ? "restorer" : "sealer")"
        }
    }

    /// Refuses an action, and in any case to describe a key.
    private static func refuse(
        _ action: String, _ type: String
    ) -> @Sendable (LoopbackServer.Request, Int) -> LoopbackServer.Reply {
        { request, number in
            ["TrentService.\(action)", "TrentService.DescribeKey"]
                .contains(request.header("X-Amz-Target"))
                ? .answer(400, #"{"__type":"\#(type)","message":"the reason"}"#)
                : RemoteServiceTests.answer(request, number)
        }
    }

    @Test func `the data key of a run is opened as who restores, and that call is counted`() throws
    {
        let server = try LoopbackServer(RemoteServiceTests.answer)
        let summary = try run(job(at: server.url))
        #expect(calls(server) == ["GenerateDataKey sealer", "Decrypt restorer"])
        #expect(summary.keyCalls == 2)
        #expect(
            try JobPlan.make(job(at: server.url), environment: environment).keyCalls == 2)
    }

    @Test func `an opening job opens as who restores`() throws {
        let server = try LoopbackServer(RemoteServiceTests.answer)
        _ = try run(job(at: server.url, profile: nil))
        var restore = Job.restore(place("set"), into: place("out"))
        restore.key = job(at: server.url).key
        _ = try run(restore)
        restore.output = .discard
        restore.stages.verifies = true
        _ = try run(restore)
        #expect(
            calls(server) == ["GenerateDataKey sealer", "Decrypt restorer", "Decrypt restorer"])
    }

    @Test func `where it is refused nothing is read and nothing is made`() throws {
        let server = try LoopbackServer(Self.refuse("Decrypt", "AccessDeniedException"))
        let progress = RunProgress()
        let error = #expect(throws: JobError.self) {
            try JobRunner(job(at: server.url), environment: environment, progress: progress).run()
        }
        #expect(error?.status == .keyRefused)
        #expect(error?.message.hasPrefix("profile 'restorer' cannot open") == true)
        #expect(progress.entries == 0)
        #expect(!FileManager.default.fileExists(atPath: place("set")))
        let checked = #expect(throws: JobError.self) { try check(job(at: server.url)) }
        #expect(checked?.status == .keyRefused)
    }

    @Test func `another data key than was sealed under is no proof`() throws {
        let server = try LoopbackServer { request, number in
            guard request.header("X-Amz-Target") == "TrentService.Decrypt" else {
                return RemoteServiceTests.answer(request, number)
            }
            let other = Data(repeating: 1, count: 32).base64EncodedString()
            return .answer(
                200, #"{"KeyId":"\#(RemoteServiceTests.arn)","Plaintext":"\#(other)"}"#)
        }
        let error = #expect(throws: JobError.self) { try run(job(at: server.url)) }
        #expect(error?.status == .keyRefused)
    }

    @Test func `a profile that is not there is told before the run`() throws {
        let server = try LoopbackServer(RemoteServiceTests.answer)
        let error = #expect(throws: JobError.self) {
            try run(job(at: server.url, profile: "nobody"))
        }
        #expect(error?.status == .keyRefused && error?.message.contains("'nobody'") == true)
        #expect(!FileManager.default.fileExists(atPath: place("set")))
    }

    // MARK: states

    @Test(arguments: [("Disabled", "disabled"), ("PendingDeletion", "deleted")])
    func `a key that is no longer usable is told by its state`(state: String, word: String) throws {
        let metadata =
            #"{"KeyMetadata":{"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Arn":"\#(RemoteServiceTests.arn)","CreationDate":1,"Enabled":false,"KeyState":"\#(state)"}}"#
        let server = try LoopbackServer { _, _ in .answer(200, metadata) }
        let error = #expect(throws: JobError.self) { try check(job(at: server.url)) }
        #expect(error?.status == .keyRefused && error?.message.contains(word) == true, "\(error)")
        #expect(calls(server).allSatisfy { $0.hasPrefix("DescribeKey") })
    }

    @Test func `who may not look at keys is not told their state`() throws {
        let server = try LoopbackServer(Self.refuse("DescribeKey", "AccessDeniedException"))
        try check(job(at: server.url))
        #expect(calls(server).suffix(2) == ["GenerateDataKey sealer", "Decrypt restorer"])
        #expect(!FileManager.default.fileExists(atPath: place("set")))
    }
}
