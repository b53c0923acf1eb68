import Foundation
import Testing

@testable import Jobs

@Suite struct RunGuardTests {
    let place: Workplace

    init() throws {
        place = try Workplace()
        for name in 0..<10 { try place.write("data/\(name)", [UInt8](repeating: 7, count: 1000)) }
    }

    private func job(_ change: (inout Expectations) throws -> Void) rethrows -> Job {
        var job = Job.seal([Source(path: place("data"), name: "data")], into: place("set"))
        job.expectations.set = place("set")
        try change(&job.expectations)
        return job
    }

    private var archives: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: place("set"))
        return (names ?? []).filter { $0 != ".lock" }.sorted()
    }

    /// Runs a job whose guard trips, and shows that it changed nothing.
    private func refusal(_ job: Job) throws -> JobError {
        let before = archives
        let error = #expect(throws: JobError.self) { try place.run(job) }
        #expect(error?.status == .guardTripped)
        #expect(archives == before)
        return try #require(error)
    }

    @Test func `a run that is as expected makes its archive`() throws {
        let job = try job {
            $0.minEntries = 11
            $0.minBytes = 10_000
            $0.maxShrink = .zero
            $0.requiredPaths = [try Glob("data/3"), try Glob("data/")]
        }
        try place.run(job)
        try place.run(job)
        #expect(archives.count == 2)
    }

    @Test func `too few entries or bytes trip it, with both numbers`() throws {
        let entries = try refusal(job { $0.minEntries = 12 })
        #expect(entries.message == "expect.min_entries: 11 entries, and at least 12 are expected")
        #expect(entries.hint?.contains("no archive was made") == true)
        let bytes = try refusal(job { $0.minBytes = 10_001 })
        #expect(
            bytes.message
                == "expect.min_bytes: 10000 bytes of content, and at least 10001 are expected")
    }

    @Test func `shrinking is measured against the last run of the job`() throws {
        let job = try job { $0.maxShrink = try Percentage("20%") }
        try place.run(job)
        for name in 0..<2 { try FileManager.default.removeItem(atPath: place("data/\(name)")) }
        try place.run(job)
        // Seven of nine entries are enough, seven thousand of eight thousand bytes too.
        try FileManager.default.removeItem(atPath: place("data/2"))
        try place.run(job)
        for name in 3..<5 { try FileManager.default.removeItem(atPath: place("data/\(name)")) }
        let error = try refusal(job)
        #expect(error.message.contains("expect.max_shrink: 6 entries after 8 in \(place("set"))/"))
        #expect(error.message.contains("5000 bytes of content after 7000"))
        var other = job
        other.name = "other"
        try place.run(other)
    }

    @Test func `a last run that cannot be read is passed over`() throws {
        let job = job { $0.maxShrink = .zero }
        try place.run(job)
        try place.run(job)
        try place.write("set/\(archives[1])/manifest.json", [0])
        try FileManager.default.removeItem(atPath: place("data/1"))
        #expect(try refusal(job).message.contains(archives[0]))
    }

    @Test func `what nothing matches is named`() throws {
        let error = try refusal(
            job { $0.requiredPaths = [try Glob("data/1"), try Glob("*.db"), try Glob("x/")] })
        #expect(error.message == "expect.required_paths: nothing matches '*.db', 'x/'")
    }

    @Test func `a source without anything trips it, and is missing where nothing is expected`()
        throws
    {
        try place.shell("rm data/*")
        #expect(try refusal(job { $0.minBytes = 1 }).message.contains("0 bytes"))
        #expect(try refusal(job { $0.requiredPaths = [try Glob("data/1")] }).hint != nil)
        let error = #expect(throws: JobError.self) { try place.run(job { _ in }) }
        #expect(error?.status == .missing)
    }

    @Test func `a dry run is guarded, and says that it stores nothing`() throws {
        try place.run(job { _ in })
        for name in 0..<9 { try FileManager.default.removeItem(atPath: place("data/\(name)")) }
        let error = try refusal(job { $0.maxShrink = .zero }.dryRun())
        #expect(error.hint?.hasPrefix("nothing was stored, as this is a dry run") == true)
    }

    @Test func `a stream is guarded by the name of its one entry`() throws {
        var job = try job { $0.requiredPaths = [try Glob("dump.sql")] }
        job.input = .command(arguments: ["echo"], name: "dump.sql")
        try place.run(job)
        job.input = .command(arguments: ["echo"], name: "other.sql")
        _ = try refusal(job)
        job.input = .command(arguments: ["true"], name: "dump.sql")
        _ = try refusal(job)
    }
}
