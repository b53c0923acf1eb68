import Foundation
import Testing

/// A night that saved nothing is no good night.
@Suite struct GuardTests {
    private func place(_ expect: String) throws -> Workplace {
        let place = try Workplace()
        try place.write("data/one.txt", "one\n")
        try place.write("data/two.bin", noise(300_000))
        try place.write(
            "job.yaml", JobFileTests.good + "\nreport: { metrics: m.prom }\nexpect: \(expect)\n")
        return place
    }

    @Test func `a source that was emptied leaves the archive before as the newest`() throws {
        let place = try place("{ max_shrink: 20%, required_paths: [data/two.bin] }")
        let first = try place.sealpipe("run", "job.yaml")
        #expect(first.status == 0, "\(first)")
        try place.shell("rm data/*")
        let second = try place.sealpipe("run", "--log-format", "json", "job.yaml")
        #expect(second.status == 15, "\(second)")
        #expect(second.out.isEmpty)
        #expect(second.err.contains("expect.max_shrink: 0 entries after 3"), "\(second)")
        #expect(second.err.contains("nothing matches 'data/two.bin'"), "\(second)")
        #expect(second.err.contains(#""code":15"#) && second.err.contains("guardTripped"))
        #expect(place.names("set").filter { $0 != ".lock" }.count == 1)
        #expect(try place.text("m.prom").contains("sealpipe_run_exit_status{job=\"small\"} 15"))
        #expect(try place.sealpipe("verify", "set").out.isEmpty)
        try place.shell("rm -r back; sealpipe restore set back")
        #expect(try place.shell("ls back/data").lines == ["one.txt", "two.bin"])
    }

    @Test func `a dry run trips too`() throws {
        let place = try place("{ min_bytes: 1MiB }")
        let ending = try place.sealpipe("run", "--dry-run", "job.yaml")
        #expect(ending.status == 15, "\(ending)")
        #expect(ending.err.contains("nothing was stored"), "\(ending)")
        #expect(!place.exists("set"))
    }

    @Test func `a key that is about to be deleted is found by check`() throws {
        let place = try place("{ min_entries: 1 }")
        let created = try place.sealpipe("keys", "create", "--json", "--description", "old")
        let id = try #require(try created.object()["id"] as? String)
        #expect(try place.sealpipe("keys", "schedule-deletion", id).status == 0)
        let ending = try place.sealpipe(
            "check", "--online", "job.yaml", "--set", "key.id=\(id)")
        #expect(ending.status == 12 && ending.err.contains("about to be deleted"), "\(ending)")
    }

    @Test func `check finds an output where no file can be made, also as root`() throws {
        let place = try place("{ min_entries: 1 }")
        let ending = try place.sealpipe(
            "check", "--online", "job.yaml", "--set", "output.archive=/proc/set")
        #expect(ending.status != 0, "\(ending)")
        #expect(ending.err.contains("a file: "), "\(ending)")
    }

    @Test func `check leaves nothing where the output goes`() throws {
        let place = try place("{ min_entries: 1 }")
        try place.shell("mkdir set")
        let ending = try place.sealpipe("check", "--online", "job.yaml")
        #expect(ending.status == 0, "\(ending)")
        #expect(place.names("set").isEmpty)
    }
}
