import Foundation
import Testing

/// Restore drills, and the evidence they leave.
@Suite struct DrillTests {
    private static let drill = """
        version: 1
        name: drill
        input: { archive: set, sample: 20% }
        stages: [decrypt, decompress, verify]
        output: discard
        report: { evidence: drill.json }
        """

    /// An archive of about fifty chunks.
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write("data/a.bin", noise(1_500_000))
        for number in 0..<40 { try place.write("data/b/\(number).txt", "\(number)\n") }
        try place.write("data/c.bin", noise(1_500_000, seed: 2))
        try place.write("job.yaml", JobFileTests.good)
        try place.write("drill.yaml", Self.drill)
        let sealed = try place.sealpipe("run", "job.yaml")
        #expect(sealed.status == 0, "\(sealed)")
        return place
    }

    private func evidence(_ place: Workplace, _ name: String = "drill.json") throws -> [String: Any]
    {
        let value = try JSONSerialization.jsonObject(with: try place.read(name))
        return try #require(value as? [String: Any])
    }

    @Test func `the pipeline that comes along opens what the nightly one made`() throws {
        let place = try Workplace()
        try place.shell("cp -r '\(Workplace.package)/pipelines' '\(Workplace.package)/samples' .")
        #expect(try place.sealpipe("run", "pipelines/nightly.yaml").status == 0)
        let ending = try place.sealpipe("run", "pipelines/drill.yaml")
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.err.contains("at this rate a full restore takes"), "\(ending)")
        let evidence = try evidence(place, "archives/drill-orders.json")
        #expect(evidence["result"] as? String == "verified")
    }

    @Test func `a sample is opened, and told as it was`() throws {
        let place = try place()
        let ending = try place.sealpipe("run", "--json", "drill.yaml")
        #expect(ending.status == 0, "\(ending)")
        let summary = try ending.object()
        #expect(summary["entries"] as? Int == 44 && summary["key_calls"] as? Int == 1)
        let evidence = try evidence(place)
        #expect(evidence["format"] as? String == "sealpipe evidence")
        #expect(evidence["version"] as? Int == 1 && evidence["exit_status"] as? Int == 0)
        #expect(evidence["job"] as? String == "drill" && evidence["share"] as? Double == 20)
        #expect((evidence["identity"] as? [String: String]) == ["service": "embedded"])
        let chunks = try #require(evidence["chunks"] as? Int)
        let opened = try #require(evidence["chunks_opened"] as? Int)
        #expect(chunks > 40 && 1..<chunks ~= opened)
        #expect(evidence["entries"] as? Int == 44)
        #expect(try #require(evidence["restore_seconds"] as? Double) >= 0)
        #expect(try #require(evidence["bytes_per_second"] as? Int) > 0)
        #expect(try place.shell("stat -c %a drill.json").out == "600\n")
        let archive = try #require(evidence["archive"] as? [String: Any])
        let path = try #require(archive["path"] as? String)
        let manifest = try place.shell("sha256sum \(path)/manifest.json").out.prefix(64)
        #expect(archive["manifest_sha256"] as? String == String(manifest))
        #expect(archive["job"] as? String == "small")
    }

    @Test(arguments: ["20%", "100%"])
    func `anyone with the key recomputes the digest of what was opened`(share: String) throws {
        let place = try place()
        let run = try place.sealpipe("run", "drill.yaml", "--set", "input.sample=\(share)")
        #expect(run.status == 0, "\(run)")
        let evidence = try evidence(place)
        try place.shell("for p in set/2*/part-*; do sealpipe decrypt <$p; done | zstd -d >tar")
        let ranges = try #require(evidence["ranges"] as? [[Int]])
        if share == "100%" { #expect(ranges.count == 1 && ranges[0][0] == 0) }
        let cut = ranges.map { "tail -c +\($0[0] + 1) tar | head -c \($0[1])" }
        let digest = try place.shell("(\(cut.joined(separator: "; "))) 2>/dev/null | sha256sum").out
        #expect(evidence["plaintext_sha256"] as? String == String(digest.prefix(64)))
        #expect(evidence["plaintext_bytes"] as? Int == ranges.reduce(0) { $0 + $1[1] })
    }

    @Test func `every night opens other chunks`() throws {
        let place = try place()
        let samples = try (0..<3).map { _ in
            #expect(try place.sealpipe("run", "drill.yaml").status == 0)
            return try #require(try evidence(place)["ranges"] as? [[Int]])
        }
        #expect(Set(samples).count > 1)
    }

    @Test func `damage is found where it is read, and there is evidence of it`() throws {
        let place = try place()
        let part = try #require(try place.shell("ls set/2*/part-00003*").lines.first)
        try place.shell("printf 0123456789abcdef | dd of=\(part) bs=1 seek=60000 conv=notrunc")
        let ending = try place.sealpipe("run", "drill.yaml", "--set", "input.sample=100%")
        #expect(ending.status == 14, "\(ending)")
        let found = try evidence(place)
        #expect(found["result"] as? String == "damaged" && found["exit_status"] as? Int == 14)
        #expect(
            (found["damage"] as? [[String: String]])?.first?["place"]?.contains("part-00003")
                == true)
        // A part that is not there is missed by any sample.
        try place.shell("rm \(part)")
        let missing = try place.sealpipe("run", "drill.yaml", "--set", "input.sample=0.01%")
        #expect(missing.status == 14, "\(missing)")
        #expect(missing.err.contains("part-00003"), "\(missing)")
        try place.shell("cp \(part.replacing("00003", with: "00002")) \(part)")
        #expect(
            try place.sealpipe("run", "drill.yaml", "--set", "input.sample=0.01%").status == 14)
    }

    @Test func `a drill that cannot open leaves evidence too`() throws {
        let place = try place()
        #expect(try place.sealpipe("keys", "disable", "default").status == 0)
        #expect(try place.sealpipe("run", "drill.yaml").status == 12)
        var found = try evidence(place)
        #expect(found["result"] as? String == "failed" && found["exit_status"] as? Int == 12)
        #expect((found["message"] as? String)?.contains("disabled") == true)
        #expect(found["archive"] is [String: Any])
        try place.shell("rm -r set")
        #expect(try place.sealpipe("run", "drill.yaml").status == 10)
        found = try evidence(place)
        #expect(found["exit_status"] as? Int == 10 && found["archive"] == nil)
    }

    @Test func `evidence that cannot be written keeps a drill from starting`() throws {
        let place = try place()
        try place.shell("mkdir dir.json")
        for path in ["none/drill.json", "dir.json", "/proc/drill.json"] {
            let setting = "report.evidence=\(path)"
            let ending = try place.sealpipe("run", "drill.yaml", "--set", setting)
            #expect(ending.status == 78, "\(ending)")
            #expect(ending.err.contains("the evidence cannot be written"), "\(ending)")
            let checked = try place.sealpipe("check", "--online", "drill.yaml", "--set", setting)
            #expect(checked.status == 78, "\(checked)")
        }
    }

    @Test func `digests are compared without a key`() throws {
        let place = try place()
        try place.write(
            "digests.yaml",
            """
            version: 1
            name: digests
            input: { archive: set }
            stages: [verify]
            output: discard
            """)
        for command in [["run"], ["check", "--online"]] {
            let ending = try place.start(command + ["digests.yaml"], store: "none").end()
            #expect(ending.status == 0, "\(ending)")
        }
        #expect(!place.exists("none"))
    }
}
