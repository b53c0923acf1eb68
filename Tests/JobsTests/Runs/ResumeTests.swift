import Archive
import Foundation
import Glibc
import LibCrypto
import OKMS
import Pipeline
import Storage
import Testing

@testable import Jobs

/// Runs that were stopped and go on: the archive is the one that an undisturbed run would have made.
@Suite struct ResumeTests {
    private let place: Workplace

    /// Two files that do not compress, and between them a socket: when a run meets it, it can be stopped
    /// at a known place.
    init() throws {
        place = try Workplace()
        try place.write("data/a", Self.noise(1 << 20, seed: 1))
        for number in 0..<40 { try place.write("data/b/\(number)", Self.noise(3000, seed: number)) }
        try place.write("data/z", Self.noise(700_000, seed: 2))
        try place.shell("ln data/a data/y; ln -s a data/link; setfattr -n user.note -v x data/z")
        let program = "import socket; socket.socket(socket.AF_UNIX).bind('data/m')"
        try #require(try place.shell("python3 -c \"\(program)\"").status == 0)
    }

    private static func noise(_ count: Int, seed: Int) -> [UInt8] {
        var state = UInt64(truncatingIfNeeded: seed &* 2_654_435_761 &+ 1)
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    private var job: Job { .seal([Source(path: place("data"), name: "data")], into: place("set")) }

    private func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: place(folder))) ?? []).sorted()
    }

    private var unfinished: String? { names("set").first { $0.hasSuffix(".partial") } }
    private var journal: String? { names("set").first { $0.hasSuffix(".journal") } }

    /// Runs until the socket is met and so many parts are there for good, then is told to stop, or to
    /// stop as if the disk had failed.
    private func stop(
        _ job: Job, after parts: Int = 5, _ status: Jobs.ExitStatus = .interrupted
    ) throws {
        final class Stopping: @unchecked Sendable {
            // Sendable: set before the run begins, read by its threads.
            var runner: JobRunner?
        }
        let stopping = Stopping()
        let path = place("set")
        let progress = RunProgress { problem in
            guard problem.kind == .skipped else { return }
            while true {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
                let journals = names.filter { $0.hasSuffix(".journal") }.flatMap {
                    (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\($0)")) ?? []
                }
                if journals.count(where: { $0.hasSuffix(".esdk") }) > parts { break }
                usleep(1000)
            }
            stopping.runner?.cancel(JobError(status, "stopped by the test"))
        }
        let runner = JobRunner(job, environment: place.environment, progress: progress)
        stopping.runner = runner
        let error = #expect(throws: JobError.self) { try runner.run() }
        #expect(error?.status == status)
    }

    private func resume(
        _ job: Job, resuming: Bool = true
    ) throws -> (summary: RunSummary, tar: [UInt8]) {
        let progress = RunProgress()
        let summary = try JobRunner(
            job, environment: place.environment, progress: progress, resuming: resuming
        ).run()
        #expect(names("set").filter { $0.hasPrefix(".") } == [".lock"])
        return (summary, try tar(try #require(summary.archive)))
    }

    /// The tar of an archive, as it is without us: every part decrypted and decompressed.
    private func tar(_ archive: String) throws -> [UInt8] {
        let stored = try StoredArchive(at: archive)
        let opened = try OpenArchive(
            stored, service: place.environment.keyService(.embedded, making: false),
            expecting: .empty)
        let worker = try OpenWorker(
            sizes: opened.manifest.sizes, codec: opened.codec, meters: OpenWorker.Meters(.init()))
        var tar: [UInt8] = []
        let plan = try ChunkPlan(opened)
        try plan.forEach { chunk, _ in
            try worker.open(chunk, of: plan.part(of: chunk)) { bytes in
                for index in bytes.indices { tar.append(bytes[index]) }
            }
        }
        try place.run(
            Job(
                name: "check", input: .archive(path: archive),
                stages: Stages(decrypts: true, decompresses: true, verifies: true),
                output: .discard))
        return tar
    }

    private func messages(_ archive: String) throws -> [String] {
        try OpenArchive.readManifest(of: StoredArchive(at: archive)).parts.map(\.message)
    }

    @Test func `an interrupted run goes on and makes the same archive`() throws {
        let whole = try resume(job)
        let before = try OpenArchive.readManifest(of: StoredArchive(at: whole.summary.archive!))
        try stop(job)
        #expect(unfinished != nil && journal != nil)
        let kept = try #require(unfinished)
        let again = try resume(job)
        #expect(again.summary.keptParts >= 5)
        #expect(again.tar == whole.tar)
        #expect(again.summary.archive?.hasSuffix(kept.dropFirst().dropLast(8)) == true)
        #expect(again.summary.entries == whole.summary.entries)
        #expect(again.summary.contentBytes == whole.summary.contentBytes)
        #expect(again.summary.problemCount == 1, "the socket is told of once")
        #expect(again.summary.types == whole.summary.types)
        let manifest = try OpenArchive.readManifest(of: StoredArchive(at: again.summary.archive!))
        #expect(manifest.totals.tar == before.totals.tar)
        #expect(manifest.parts.map(\.length) == before.parts.map(\.length))
        #expect(Set(manifest.parts.map(\.message)).count == manifest.parts.count)
    }

    @Test(arguments: [Jobs.ExitStatus.unreachable, .exhausted, .failed, .terminated])
    func `whatever ended the run, finished parts stay`(status: Jobs.ExitStatus) throws {
        try stop(job, status)
        #expect(try resume(job).summary.keptParts >= 5)
    }

    @Test func `a run can be stopped and taken up again and again`() throws {
        let whole = try resume(job)
        for parts in [1, 4, 7] { try stop(job, after: parts) }
        let again = try resume(job)
        #expect(again.tar == whole.tar)
        #expect(again.summary.keptParts >= 7)
    }

    @Test func `where nothing is finished, nothing stays`() throws {
        var job = job
        job.stages.encryption = .init(frameByteCount: 4 << 10)
        let runner = JobRunner(
            job, environment: place.environment, progress: RunProgress { _ in })
        runner.cancel(JobError(.interrupted, "at once"))
        #expect(throws: JobError.self) { try runner.run() }
        #expect(names("set").filter { $0.hasPrefix(".2") } == [])
    }

    @Test(arguments: [
        "printf x >>data/a", "printf X | dd of=data/a conv=notrunc bs=1 seek=9 2>&1",
        "cp data/a data/a2 && mv data/a2 data/a", "touch -d @1 data/a", "chmod 600 data/a",
        "setfattr -n user.new -v y data/a", "printf new >data/A", "rm data/a",
        "mv data/a data/a1", "ln data/a outside",
    ])
    func `what was changed after it was sealed is sealed anew`(change: String) throws {
        try stop(job)
        #expect(try place.shell(change).status == 0)
        let again = try resume(job)
        #expect(again.summary.keptParts == 0, "it all lay behind the change")
        #expect(again.summary.notices.contains("removed 1 unfinished archive"))
        try place.run(.restore(place("set"), into: place("back")))
        #expect(try place.shell("rm data/m; diff -r --no-dereference data back/data").output == "")
    }

    @Test func `what lies before a change is kept`() throws {
        try stop(job, after: 8)
        try place.write("data/b/39", [1, 2, 3])
        let again = try resume(job)
        let all = try messages(again.summary.archive!).count
        #expect(8..<all ~= again.summary.keptParts)
        try place.run(.restore(place("set"), into: place("back")))
        #expect(try place.shell("rm data/m; diff -r --no-dereference data back/data").output == "")
    }

    @Test(arguments: ["level", "chunk", "name", "exclude", "context"])
    func `another job, or other settings, begin anew`(change: String) throws {
        try stop(job)
        var job = job
        switch change {
        case "level": job.stages.compression = .init(level: 2)
        case "chunk": job.stages.chunkByteCount = 128 << 10
        case "name": job.name = "other"
        case "exclude":
            job.input = .paths(
                [Source(path: place("data"), name: "data")], exclude: [try Glob("data/z")])
        default: job.key.context = try EncryptionContext([(Array("a".utf8), Array("b".utf8))])
        }
        #expect(try resume(job).summary.keptParts == 0)
        #expect(names("set").count == 2)
    }

    @Test func `more workers or a metrics file do not make it another job`() throws {
        try stop(job)
        var job = job
        job.limits.workers = 1
        job.report.metrics = place("m.prom")
        #expect(try resume(job).summary.keptParts >= 5)
    }

    @Test func `a run may be told to begin anew`() throws {
        try stop(job)
        #expect(try resume(job, resuming: false).summary.keptParts == 0)
    }

    @Test(arguments: [
        ("part-00002.tar.zst.esdk", "flip"), ("part-00002.tar.zst.esdk", "cut"),
        ("part-00002.tar.zst.esdk", "rm"), ("part-2.esdk", "flip"), ("part-2.esdk", "cut"),
        ("part-2.esdk", "rm"), ("part-2.esdk", "swap"),
    ])
    func `a damaged part or journal is not kept, nor what comes behind it`(
        name: String, damage: String
    ) throws {
        let whole = try resume(job)
        try stop(job)
        let folder = "set/" + (name.hasPrefix("part-0") ? unfinished! : journal!)
        switch damage {
        case "flip":
            var bytes = try place.read("\(folder)/\(name)")
            bytes[bytes.count / 2] ^= 1
            try place.write("\(folder)/\(name)", bytes)
        case "cut": try place.shell("truncate -s -1 \(folder)/\(name)")
        case "swap":
            try place.shell(
                "cd \(folder); mv part-2.esdk x; mv part-3.esdk part-2.esdk; mv x part-3.esdk")
        default: try place.shell("rm \(folder)/\(name)")
        }
        let again = try resume(job)
        #expect(again.summary.keptParts == 2)
        #expect(again.tar == whole.tar)
    }

    @Test(arguments: ["flip", "cut", "rm", "foreign"])
    func `without the record of its run an archive is begun anew`(damage: String) throws {
        try stop(job)
        let record = "set/\(journal!)/run.esdk"
        switch damage {
        case "flip":
            var bytes = try place.read(record)
            bytes[bytes.count - 5] ^= 1
            try place.write(record, bytes)
        case "cut": try place.shell("truncate -s 20 \(record)")
        case "foreign": try place.shell("cp set/\(journal!)/part-1.esdk \(record)")
        default: try place.shell("rm \(record)")
        }
        let again = try resume(job)
        #expect(again.summary.keptParts == 0)
        #expect(again.summary.notices.contains { $0.contains("was not taken up") })
    }

    @Test func `no message of an unfinished archive is made twice`() throws {
        try stop(job)
        let folder = "set/" + unfinished!
        // The bytes of the part in progress are on disk, too.
        let before = try names(folder).map { try place.read("\(folder)/\($0)") }
            .filter { $0.count > 40 }.map { Array($0[3..<35]) }
        let again = try resume(job)
        let after = try messages(again.summary.archive!)
        #expect(Set(after).count == after.count)
        #expect(Set(before).count == before.count)
        let reused = before.filter { after.contains(hexadecimal($0)) }
        #expect(reused.count == again.summary.keptParts)
    }

    /// Old, of a time yet to come, and of another run: a journal that somebody put back.
    @Test(arguments: ["20231114T221320.000Z", "20990102T030405.678Z", "recent"])
    func `an unfinished archive under another name is removed`(name: String) throws {
        try stop(job)
        let now = JobRunner.name(of: Date() - 60)
        let name = name == "recent" ? "\(now)" : name
        try place.shell(
            "cd set; mv .2*.partial .\(name).partial; mv .2*.journal .\(name).journal")
        let again = try resume(job)
        #expect(again.summary.keptParts == 0)
        #expect(again.summary.archive?.hasSuffix(name) == false)
        #expect(again.summary.notices.contains { $0.contains("was not taken up") })
    }

    @Test func `a run that goes on is held to its keys as any other`() throws {
        let service = try place.environment.keyService(.embedded, making: true)
        let second = try service.createKey(description: "")
        var job = job
        job.key.names = ["default", "\(second.arn)"]
        try stop(job)
        try service.disableKey(.arn(second.arn))
        let error = #expect(throws: JobError.self) { try resume(job) }
        #expect(error?.status == .keyRefused)
        try service.enableKey(.arn(second.arn))
        #expect(try resume(job).summary.keptParts >= 5)
    }

    @Test func `a run whose key has another name by now begins anew`() throws {
        let service = try place.environment.keyService(.embedded, making: true)
        let (first, second) = try (
            service.createKey(description: ""), service.createKey(description: "")
        )
        let alias = try #require(AliasName("alias/backup"))
        try service.createAlias(alias, for: .arn(first.arn))
        var job = job
        job.key.names = ["alias/backup"]
        try stop(job)
        try service.updateAlias(alias, to: .arn(second.arn))
        let again = try resume(job)
        #expect(again.summary.keptParts == 0)
        #expect(again.summary.notices.contains { $0.contains("its keys are not those") })
        let manifest = try OpenArchive.readManifest(
            of: StoredArchive(at: try #require(again.summary.archive)))
        #expect(manifest.keys.map(\.arn) == ["\(second.arn)"])
    }

    @Test func `the last archive made is the newest, whatever the clock says`() throws {
        let future = ArchiveName(seconds: 4_000_000_000, milliseconds: 5)
        let first = try resume(job).summary.archive!
        try place.shell("mv \(first) set/\(future)")
        try place.write("data/new", [1])
        let second = try place.run(job)
        #expect(
            second.archive == place("set/\(ArchiveName(seconds: 4_000_000_000, milliseconds: 6))"))
    }

    @Test func `a link in the place of an unfinished archive is not followed`() throws {
        try stop(job)
        try place.shell(
            "cd set; mv .2*.partial ../victim; ln -s ../victim .20990102T030405.678Z.partial")
        let before = names("victim")
        #expect(throws: JobError.self) { try place.run(job) }
        #expect(names("victim") == before)
    }

    @Test func `what waits to be removed after a commit is removed by the next run`() throws {
        let first = try resume(job)
        let name = try #require(first.summary.archive?.split(separator: "/").last)
        try place.shell("mkdir set/.\(name).journal; touch set/.\(name).journal/run.esdk")
        _ = try resume(job)
    }

    @Test func `a disabled key begins anew with another one, or not at all`() throws {
        try stop(job)
        try place.shell("rm -r okms")
        let again = try resume(job)
        #expect(again.summary.keptParts == 0)
        #expect(again.summary.notices.contains { $0.contains("was not taken up") })
    }
}
