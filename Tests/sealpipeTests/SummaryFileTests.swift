import Foundation
import Testing

/// The summary that a run leaves beside its archive.
@Suite struct SummaryFileTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private func seal() throws -> String {
        try place.write("data/noise", noise(100_000))
        let ending = try place.sealpipe("seal", "--level", "5", "data", "set")
        #expect(ending.status == 0 && !ending.err.contains("could not"), "\(ending)")
        return ending.lastLine
    }

    private func summary(_ archive: String) throws -> [String: Any] {
        let bytes = try place.read("\(archive)/summary.json")
        return try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    }

    @Test func `every run leaves its summary beside its archive`() throws {
        let archive = try seal()
        let summary = try summary(archive)
        let bytes = try place.read("\(archive)/manifest.json")
        let manifest = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        for (member, other) in [("archive", "archive"), ("job", "job"), ("started", "created")] {
            #expect(summary[member] as? String == manifest[other] as? String)
        }
        #expect(summary["format"] as? String == "sealpipe summary")
        #expect(summary["entries"] as? Int == 2 && summary["content_bytes"] as? Int == 100_000)
        #expect(summary["level"] as? Int == 5 && summary["key_calls"] as? Int == 1)
        #expect(try #require(summary["seconds"] as? Double) > 0)
        let limit = try #require(summary["limit"] as? [String: Any])
        #expect(limit.keys.sorted() == ["kind", "share", "stage"])
        let stages = try #require(summary["stages"] as? [[String: Any]])
        let names = stages.compactMap { $0["name"] as? String }
        #expect(names.contains("compress") && names.contains("key service"))
        let encrypt = try #require(stages.first { $0["name"] as? String == "encrypt" })
        #expect(try #require(encrypt["bytes_in"] as? Int) >= 100_000)
        let form = try place.text("\(Workplace.package)/docs/formats/summary.md")
        for member in Array(summary.keys) + Array(encrypt.keys) {
            #expect(form.contains("`\(member)`"), "\(member) is not described")
        }
    }

    @Test func `a summary is no damage and goes with the archive to other keys`() throws {
        let archive = try seal()
        let before = try place.read("\(archive)/summary.json")
        for command in [["verify"], ["verify", "--without-key"], ["inventory", "--digests"]] {
            let ending = try place.start(command + ["set"]).end()
            #expect(ending.status == 0, "\(ending)")
        }
        #expect(try place.sealpipe("list", "set").lines.count == 2)
        let rewrapped = try place.sealpipe("rewrap", "set", "--key", "default", "--again")
        #expect(rewrapped.status == 0, "\(rewrapped)")
        #expect(try place.read("\(archive)/summary.json") == before)
        #expect(try place.sealpipe("verify", "set").status == 0)
        #expect(try place.sealpipe("restore", "set", "back").status == 0)
        #expect(try place.same("data", "back/data"))
    }

    @Test func `an archive without summary is whole, and other files are still strangers`() throws {
        let archive = try seal()
        try place.shell("rm \(archive)/summary.json")
        #expect(try place.sealpipe("verify", "set").status == 0)
        let rewrapped = try place.sealpipe("rewrap", "set", "--key", "default", "--again")
        #expect(rewrapped.status == 0, "\(rewrapped)")
        #expect(!place.names(archive).contains("summary.json"))
        #expect(try place.sealpipe("verify", "set").status == 0)
        try place.write("\(archive)/summary.txt", "stranger")
        #expect(try place.sealpipe("verify", "set").status == 14)
    }

    @Test func `a summary that cannot be written fails no run`() throws {
        try place.write(
            "job.yaml",
            """
            version: 1
            name: night
            input: stdin
            stages: [chunk, compress, encrypt]
            output: { archive: set }

            """)
        let run = try place.start(["run", "job.yaml"])
        func partial() -> String? { place.names("set").first { $0.hasSuffix(".partial") } }
        #expect(run.wait { partial() != nil })
        try place.shell("mkdir set/\(try #require(partial()))/summary.json")
        try run.send("text\n")
        let ending = try run.end()
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.err.contains("summary of the run could not be written"), "\(ending)")
        #expect(try place.sealpipe("verify", "set").status == 0)
    }
}
