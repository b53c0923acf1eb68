import Archive
import Envelope
import Foundation
import OKMS
import Storage
import Testing

@testable import Jobs

@Suite struct RewrapRunTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private func service() throws -> any KeyManagementService {
        try place.environment.keyService(.embedded, making: true)
    }

    /// Management takes no alias.
    private func defaultKey() throws -> KeyName {
        .arn(try service().describeKey(.accountDefault).arn)
    }

    /// Seals a tree of several parts; returns the archive's path.
    private func seal(stages: Stages = tinyStages) throws -> String {
        var generator = SplitMix(state: 3)
        try place.write("tree/noise", generator.bytes(700_000))
        try place.write("tree/text", Array(repeating: 0x61, count: 100_000))
        let summary = try place.run(
            .seal([Source(path: place("tree"), name: "tree")], into: place("set"), stages: stages))
        return try #require(summary.archive)
    }

    private func rewrap(
        _ paths: [String], to names: [String], again: Bool = false, isDryRun: Bool = false
    ) throws -> (reports: [RewrapReport], failures: [JobError]) {
        var (reports, failures) = ([RewrapReport](), [JobError]())
        let run = RewrapRun(
            RewrapRequest(
                paths: paths, names: names, service: .embedded, source: .embedded,
                wrapsAgain: again, isDryRun: isDryRun), environment: place.environment)
        let first = try run.run { _, result in
            switch result {
            case .success(let report): reports.append(report)
            case .failure(let error): failures.append(error)
            }
        }
        #expect(first == failures.first)
        return (reports, failures)
    }

    private func newKey() throws -> KeyARN { try service().createKey(description: "new").arn }

    private func manifest(_ path: String) throws -> Manifest {
        try OpenArchive.readManifest(of: StoredArchive(at: path))
    }

    private func damage(_ path: String) throws -> [DamageReport.Place] {
        try ArchiveVerifier(
            at: path, withKey: true, environment: place.environment, progress: RunProgress()
        ).run().found.places
    }

    /// Every file of the set but its lock.
    private func digests() throws -> String {
        try place.shell("find set -type f ! -name .lock | sort | xargs sha256sum").output
    }

    @Test func `an archive opens under its new key alone, and holds what it held`() throws {
        let archive = try seal()
        let key = try newKey()
        let before = try manifest(archive)
        let (reports, failures) = try rewrap([archive], to: ["\(key)"])
        #expect(failures == [])
        let report = try #require(reports.first)
        #expect(report.outcome == .rewrapped && report.to == ["\(key)"] && report.notices == [])
        try service().disableKey(defaultKey())
        #expect(try damage(archive) == [])
        try place.run(.restore(archive, into: place("back")))
        #expect(try place.shell("diff -r tree back/tree").status == 0)
        let after = try manifest(archive)
        #expect(after.keys.map(\.arn) == ["\(key)"])
        #expect(after.parts.map(\.message) == before.parts.map(\.message))
        #expect(after.archive == before.archive && after.context == before.context)
        #expect(after.created == before.created && after.sizes == before.sizes)
        #expect(report.byteCount == after.totals.stored)
        #expect(
            try place.shell("ls -A set | sort").output == ".lock\n\(ArchiveName(of: archive))\n")
    }

    /// More wrapped keys make a longer header, which moves every frame.
    @Test(arguments: [
        tinyStages,
        Stages(
            chunkByteCount: 64 << 10,
            encryption: .init(frameByteCount: 4 << 10, partByteCount: 64 << 10)),
        Stages(compression: .init(), encryption: .init()),
    ])
    func `headers grow and shrink, frames stay what they are`(stages: Stages) throws {
        let archive = try seal(stages: stages)
        let keys = [try newKey(), try newKey(), try newKey()].map { "\($0)" }
        let original = try frames(archive)
        #expect(try rewrap([archive], to: keys).failures == [])
        #expect(try frames(archive) == original)
        #expect(try damage(archive) == [])
        #expect(try rewrap([archive], to: ["default"]).failures == [])
        #expect(try frames(archive) == original)
        #expect(try damage(archive) == [])
    }

    /// The bytes behind every header.
    private func frames(_ archive: String) throws -> [[UInt8]] {
        let manifest = try manifest(archive)
        return try (manifest.parts + [manifest.catalog]).map { file in
            let bytes = Array(
                try Data(contentsOf: URL(fileURLWithPath: "\(archive)/\(file.name)")))
            return Array(bytes[try UnverifiedHeader(parsing: bytes.span).byteCount...])
        }
    }

    @Test func `each of several new keys opens`() throws {
        let archive = try seal()
        let (one, other) = (try newKey(), try newKey())
        #expect(try rewrap([archive], to: ["\(one)", "\(other.key)", "\(one)"]).failures == [])
        #expect(try manifest(archive).keys.map(\.arn) == ["\(one)", "\(other)"])
        try service().disableKey(.arn(one))
        #expect(try damage(archive) == [])
        try service().enableKey(.arn(one))
        try service().disableKey(.arn(other))
        #expect(try damage(archive) == [])
    }

    @Test func `an archive under exactly these keys is left alone, in whatever order`() throws {
        let archive = try seal()
        let key = try newKey()
        _ = try rewrap([archive], to: ["default", "\(key)"])
        let before = try digests()
        let (reports, failures) = try rewrap([archive], to: ["\(key)", "default"])
        #expect(failures == [] && reports.map(\.outcome) == [.unchanged])
        #expect(try digests() == before)
    }

    @Test func `a rotated key takes its archives to its new material, if that is asked for`() throws
    {
        let archive = try seal()
        let key = "\(try service().describeKey(.accountDefault).arn)"
        _ = try service().rotateKeyOnDemand(defaultKey())
        #expect(try rewrap([archive], to: [key]).reports.map(\.outcome) == [.unchanged])
        let before = try (manifest(archive), frames(archive))
        #expect(try material(archive) == [1])
        let planned = try rewrap([archive], to: [key], again: true, isDryRun: true)
        #expect(planned.reports.map(\.outcome) == [.planned])
        let (reports, failures) = try rewrap([archive], to: [key], again: true)
        #expect(failures == [] && reports.map(\.outcome) == [.rewrapped])
        #expect(reports.map(\.from) == reports.map(\.to))
        #expect(try material(archive) == [2])
        #expect(try manifest(archive).parts.map(\.message) == before.0.parts.map(\.message))
        #expect(try frames(archive) == before.1)
        #expect(try damage(archive) == [])
    }

    /// The versions of the material that wrapped the data key. Source: ciphertext-blob.md.
    private func material(_ archive: String) throws -> [Int] {
        try manifest(archive).keys.map { key in
            try #require(key.wrappedBytes)[20..<24].reduce(0) { $0 << 8 | Int($1) }
        }
    }

    @Test func `a set means all its archives`() throws {
        _ = try seal()
        _ = try seal()
        let key = try newKey()
        let (reports, failures) = try rewrap([place("set")], to: ["\(key)"])
        #expect(failures == [] && reports.map(\.outcome) == [.rewrapped, .rewrapped])
        #expect(
            try rewrap([place("set")], to: ["\(key)"]).reports.map(\.outcome)
                == [.unchanged, .unchanged])
    }

    @Test func `a copy elsewhere is rewrapped where it lies`() throws {
        let archive = try seal()
        try place.shell("cp -r '\(archive)' copy; ln -s copy link")
        let key = try newKey()
        #expect(try rewrap([place("link")], to: ["\(key)"]).failures == [])
        #expect(try manifest(place("copy")).keys.map(\.arn) == ["\(key)"])
        #expect(try manifest(archive).keys.map(\.arn) != ["\(key)"])
        #expect(try damage(place("copy")) == [])
    }

    @Test func `a dry run changes nothing`() throws {
        let archive = try seal()
        let key = try newKey()
        let before = try digests()
        let (reports, failures) = try rewrap([archive], to: ["\(key)"], isDryRun: true)
        #expect(failures == [] && reports.map(\.outcome) == [.planned])
        #expect(try manifest(archive).totals.stored == reports.first?.byteCount)
        #expect(try digests() == before)
        try service().disableKey(.arn(key))
        #expect(
            try rewrap([archive], to: ["\(key)"], isDryRun: true).failures.map(\.status)
                == [.keyRefused])
    }

    /// A new digest of damage would make it look whole.
    @Test(arguments: ["part-00000.tar.zst.esdk", "part-00002.tar.zst.esdk", "catalog.esdk"])
    func `a damaged archive is not rewrapped`(name: String) throws {
        let archive = try seal()
        let key = try newKey()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(archive)/\(name)"))
        bytes[bytes.count - 40] ^= 1
        try bytes.write(to: URL(fileURLWithPath: "\(archive)/\(name)"))
        let before = try digests()
        let failures = try rewrap([archive], to: ["\(key)"]).failures
        #expect(failures.map(\.status) == [.integrity])
        #expect(failures.first?.message.contains(name) == true)
        #expect(try digests() == before)
        #expect(try place.shell("ls -A set").output.contains("rewrap") == false)
    }

    @Test func `one bad archive does not keep the others back`() throws {
        let bad = try seal()
        let good = try seal()
        try place.shell("rm '\(bad)/part-00001.tar.zst.esdk'")
        let key = try newKey()
        let (reports, failures) = try rewrap(
            [place("none"), place("set")], to: ["\(key)"])
        #expect(failures.map(\.status) == [.missing, .integrity])
        #expect(reports.map(\.archive) == [good])
    }

    @Test func `a key that may not be used keeps everything as it was`() throws {
        let archive = try seal()
        let key = try newKey()
        try service().disableKey(.arn(key))
        let before = try digests()
        #expect(try rewrap([archive], to: ["\(key)"]).failures.map(\.status) == [.keyRefused])
        #expect(throws: JobError.self) { try rewrap([archive], to: ["nobody"]) }
        #expect(throws: JobError.self) { try rewrap([archive], to: []) }
        try service().enableKey(.arn(key))
        try service().disableKey(defaultKey())
        #expect(try rewrap([archive], to: ["\(key)"]).failures.map(\.status) == [.keyRefused])
        #expect(try digests() == before)
    }

    @Test func `a set or an archive that is in use is left alone`() throws {
        let archive = try seal()
        let key = try newKey()
        let lock = try ArchiveSet(at: place("set")).lock()
        #expect(try rewrap([archive], to: ["\(key)"]).failures.map(\.status) == [.locked])
        #expect(try rewrap([place("set")], to: ["\(key)"]).failures.map(\.status) == [.locked])
        withExtendedLifetime(lock) {}
    }

    @Test func `an archive that is being read is left alone`() throws {
        let archive = try seal()
        let key = try newKey()
        let reader = try StoredArchive(at: archive)
        #expect(try rewrap([archive], to: ["\(key)"]).failures.map(\.status) == [.locked])
        withExtendedLifetime(reader) {}
    }

    @Test func `what a killed rewrap left is put right, and told`() throws {
        let archive = try seal()
        let key = try newKey()
        let name = ArchiveName(of: archive)
        try place.shell("cp -r set/\(name) set/.\(name).rewrap; rm set/.\(name).rewrap/part*1*")
        let report = try #require(try rewrap([place("set")], to: ["\(key)"]).reports.first)
        #expect(report.outcome == .rewrapped && report.notices.count == 1)
        try place.shell("mv set/\(name) set/.\(name).replaced; mkdir set/.\(name).rewrap")
        #expect(try rewrap([archive], to: ["\(key)"]).reports.map(\.outcome) == [.unchanged])
        try place.shell("mkdir set/.\(name).rewrap")
        let summary = try place.run(
            .seal([Source(path: place("tree"), name: "tree")], into: place("set")))
        #expect(summary.notices.contains("put right what an interrupted rewrap left"))
        #expect(try place.shell("ls -A set").output.contains("rewrap") == false)
    }

    @Test func `a cancelled run leaves the archive as it was`() throws {
        let archive = try seal()
        let key = try newKey()
        let before = try digests()
        let run = RewrapRun(
            RewrapRequest(
                paths: [archive], names: ["\(key)"], service: .embedded, source: .embedded),
            environment: place.environment)
        run.cancel(JobError(.interrupted, "interrupted"))
        #expect(throws: JobError(.interrupted, "interrupted")) { try run.run { _, _ in } }
        #expect(try digests() == before)
    }
}

extension ArchiveName {
    /// The name at the end of an archive's path.
    fileprivate init(of path: String) {
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        self = ArchiveName(last) ?? ArchiveName(seconds: 0, milliseconds: 0)
    }
}
