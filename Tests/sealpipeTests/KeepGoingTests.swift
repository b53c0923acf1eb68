import Foundation
import Testing

/// What the program says and how it ends when it gets past damage.
@Suite struct KeepGoingTests {
    private let place: Workplace
    private let archive: String
    private static let part = "part-00002.tar.zst.esdk"

    init() throws {
        place = try Workplace()
        try place.write("data/0-small.txt", "small\n")
        try place.write("data/1-large.bin", noise(400_000))
        for number in 10..<30 {
            try place.write("data/2-\(number).bin", noise(3_000, seed: UInt64(number)))
        }
        try place.shell("printf x >\"data/1-\\377\"; ln data/1-large.bin data/3-hard")
        let ending = try place.sealpipe(
            "seal", "--chunk", "64KiB", "--frame", "4KiB", "--part", "128KiB", "data", "set")
        archive = ending.lastLine
        try place.shell("cp -r set copy")
        var bytes = try place.read("\(archive)/\(Self.part)")
        bytes[30_000] ^= 1
        try place.write("\(archive)/\(Self.part)", bytes)
    }

    @Test func `the damage is told to people and to programs, and ends with 14`() throws {
        let ending = try place.sealpipe("restore", "--keep-going", "--json", "set", "back")
        #expect(ending.status == 14, "\(ending)")
        #expect(ending.err.contains("\(Self.part): authentication of frame 8 failed"), "\(ending)")
        #expect(ending.err.contains("data/1-large.bin: 65536 bytes are lost: "), "\(ending)")
        #expect(ending.err.contains("data/3-hard: is a hard link"), "\(ending)")
        #expect(ending.lines(of: "it was not restored") == 2, "\(ending)")
        let object = try ending.object()
        #expect(object["entries"] as? Int == 23, "all but the file and the link: \(ending)")
        #expect(object["content_bytes"] as? Int == 6 + 20 * 3_000 + 1)
        #expect(ending.err.contains("23 entries, "), "\(ending)")
        let damage = try #require(object["damage"] as? [String: Any])
        #expect(damage["healed"] as? Bool == false)
        #expect(damage["place_count"] as? Int == 1 && damage["file_count"] as? Int == 2)
        let places = try #require(damage["places"] as? [[String: Any]])
        #expect(places.first?["place"] as? String == "\(archive)/\(Self.part)")
        #expect(places.first?["replica"] == nil)
        let file = try #require((damage["files"] as? [[String: Any]])?.first)
        #expect(file["path"] as? String == "data/1-large.bin")
        #expect(file["missing_bytes"] as? Int == 65_536 && file["kept"] as? Bool == false)
        let range = try #require((file["missing"] as? [[Int]])?.first)
        #expect(range.count == 2 && range[1] == 65_536)
        #expect(!place.exists("back/data/1-large.bin") && !place.exists("back/data/3-hard"))
        #expect(try place.text("back/data/0-small.txt") == "small\n")
    }

    @Test func `a file with a hole is kept where that is asked for, and nowhere else`() throws {
        let usage = try place.sealpipe("restore", "--keep-damaged", "set", "back")
        #expect(usage.status == 2, "\(usage)")
        let ending = try place.sealpipe(
            "restore", "--keep-going", "--keep-damaged", "--json", "set", "back")
        #expect(ending.status == 14, "\(ending)")
        let object = try ending.object()
        #expect(object["entries"] as? Int == 25)
        #expect(object["content_bytes"] as? Int == 6 + 20 * 3_000 + 1 + 400_000 - 65_536)
        #expect(!ending.err.contains("was not restored"), "\(ending)")
        let damage = try #require(object["damage"] as? [String: Any])
        let file = try #require((damage["files"] as? [[String: Any]])?.first)
        let range = try #require((file["missing"] as? [[Int]])?.first)
        var expected = try place.read("data/1-large.bin")
        expected.replaceSubrange(range[0]..<range[0] + range[1], with: Data(count: range[1]))
        #expect(try place.read("back/data/1-large.bin") == expected)
        #expect(try place.read("back/data/3-hard") == expected)
    }

    @Test func `a link to a lost file alone is counted as nothing`() throws {
        let ending = try place.sealpipe(
            "restore", "--keep-going", "--json", "set", "back", "data/3-hard")
        #expect(ending.status == 14, "\(ending)")
        let object = try ending.object()
        #expect(object["entries"] as? Int == 0 && object["content_bytes"] as? Int == 0)
    }

    // MARK: what the target does not take

    /// Of the copy, which is whole: with a sparse file, which is made in its full length at once, and a
    /// link to it.
    @Test(arguments: ["ftruncate,ftruncate64", "pwrite,pwrite64"])
    func `what the target refuses is told of, and all else restored`(call: String) throws {
        try place.shell(
            """
            rm -r set copy; truncate -s 2M data/8-sparse; cp data/1-large.bin data/9-large.bin
            printf x | dd of=data/8-sparse bs=1 seek=1000000 conv=notrunc status=none
            ln data/8-sparse data/8-z; rm data/1-large.bin data/3-hard
            """)
        let sealed = try place.sealpipe("seal", "--chunk", "64KiB", "data", "set")
        #expect(sealed.status == 0, "\(sealed)")
        let strict = try place.sealpipe(
            "restore set back", meeting: "27", on: call, in: "back/", to: 1)
        #expect(strict.status == 1, "\(strict)")
        try place.shell("rm -r back")
        let ending = try place.sealpipe(
            "restore --keep-going --json set back", meeting: "27", on: call, in: "back/", to: 1)
        #expect(ending.status == 3, "\(ending)")
        let object = try ending.object()
        let problems = try #require(object["problems"] as? [[String: Any]])
        #expect(problems.allSatisfy { $0["kind"] as? String == "refused" })
        #expect(ending.lines(of: "was not restored: ") == problems.count, "\(ending)")
        let lost = problems.compactMap { $0["path"] as? String }
        #expect(!lost.isEmpty)
        for name in lost { try place.shell("rm '\(name)'") }
        #expect(try place.same("data", "back/data"))
        let entries = try place.shell("find data | wc -l").out
        #expect(
            entries.trimmingCharacters(in: .whitespacesAndNewlines) == "\(object["entries"] ?? 0)")
        if call.hasPrefix("f") { #expect(lost == ["data/8-sparse", "data/8-z"]) }
    }

    @Test func `without manifest and key the hint says what would help`() throws {
        try place.shell("rm \(archive)/manifest.json")
        let ending = try place.sealpipe("verify", "--without-key", "set")
        #expect(ending.status == 14, "\(ending)")
        #expect(ending.err.contains("manifest.json: is missing"), "\(ending)")
        #expect(ending.err.contains("hint: only with the key"), "\(ending)")
    }

    @Test func `without keep-going the first damage ends a restore, as before`() throws {
        let ending = try place.sealpipe("restore", "set", "back")
        #expect(ending.status == 14 && ending.out.isEmpty, "\(ending)")
        #expect(ending.err.contains("--keep-going"), "\(ending)")
    }

    @Test func `a replica makes a restore succeed and a verification say so`() throws {
        let ending = try place.sealpipe("restore", "--replica", "copy", "--json", "set", "back")
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.err.contains("\(Self.part): ") && ending.err.contains("the replica has it"))
        #expect(try place.same("data", "back/data"))
        let verified = try place.sealpipe("verify", "--replica", "copy", "--json", "set")
        #expect(verified.status == 14, "\(verified)")
        let report = try verified.object()
        #expect((report["damage"] as? [[String: Any]])?.first?["replica"] as? Bool == true)
        #expect(report["damaged_file_count"] as? Int == 0)
        let digests = try place.sealpipe("verify", "--without-key", "--replica", "copy", "set")
        #expect(digests.status == 2, "\(digests)")
        let none = try place.sealpipe("restore", "--replica", "nowhere", "set", "back2")
        #expect(none.status == 10, "\(none)")
    }

    @Test func `a replica under another key is one`() throws {
        let key = try place.sealpipe("keys", "create", "--json")
        let id = try #require(try key.object()["id"] as? String)
        #expect(try place.sealpipe("rewrap", "copy", "--key", id).status == 0)
        try place.shell("rm \(archive)/manifest.json")
        let ending = try place.sealpipe("restore", "--replica", "copy", "set", "back")
        #expect(ending.status == 0, "\(ending)")
        #expect(try place.same("data", "back/data"))
    }

    @Test func `a verification lists the files that damage costs`() throws {
        let ending = try place.sealpipe("verify", "--json", "set")
        #expect(ending.status == 14, "\(ending)")
        let report = try ending.object()
        #expect(report["damaged_file_count"] as? Int == 1)
        let file = try #require((report["damaged_files"] as? [[String: Any]])?.first)
        #expect(file["path"] as? String == "data/1-large.bin")
        #expect(ending.err.contains("data/1-large.bin: 65536 bytes are lost"))
    }

    @Test func `job files keep going, too, and print what they were made from`() throws {
        let printed = try place.sealpipe(
            "restore", "--keep-going", "--keep-damaged", "--replica", "copy", "--print-job", "set",
            "back")
        #expect(printed.status == 0)
        try place.write("job.yaml", printed.out)
        let ending = try place.sealpipe("run", "job.yaml")
        #expect(ending.status == 0, "\(ending)")
        #expect(try place.same("data", "back/data"))
        try place.write(
            "bad.yaml", printed.out.replacingOccurrences(of: "  keep_going: true\n", with: ""))
        let bad = try place.sealpipe("check", "bad.yaml")
        #expect(bad.status == 78 && bad.err.contains("keep_going"), "\(bad)")
        try place.write(
            "verify.yaml",
            "version: 1\nname: v\ninput: { archive: set }\nstages: [verify]\noutput: discard\n")
        let verified = try place.sealpipe("run", "verify.yaml")
        #expect(verified.status == 14 && verified.err.contains(Self.part), "\(verified)")
    }
}

extension Ending {
    /// How many lines of standard error have a text.
    fileprivate func lines(of text: String) -> Int {
        err.split(separator: "\n").count { $0.contains(text) }
    }
}
