import Foundation
import Testing

/// Job files as a user hands them in.
@Suite struct JobFileTests {
    static let good = """
        version: 1
        name: small
        input:
          paths: [data]
        stages:
          - chunk: { size: 64KiB }
          - compress: { level: 1 }
          - encrypt: { frame: 4KiB, part: 128KiB }
        output:
          archive: set
        """

    private func place(_ job: String = good) throws -> Workplace {
        let place = try Workplace()
        try place.write("job.yaml", job)
        try place.write("data/one.txt", "one\n")
        try place.write("data/two.bin", noise(300_000))
        return place
    }

    @Test func `YAML that is none is an invalid job file, with line and column`() throws {
        let place = try place("version: 1\nname: [unclosed\ninput: {\n")
        let ending = try place.sealpipe("check", "job.yaml")
        #expect(ending.status == 78, "\(ending)")
        #expect(ending.err.contains(#/job\.yaml:\d+:\d+: error: /#), "\(ending.err)")
    }

    @Test func `a job file that cannot be read is named with the reason`() throws {
        let place = try place()
        try place.write("folder/x", "x")
        for (file, status, reason) in [
            ("none.yaml", 10, "No such file"), ("folder", 1, "Is a directory"),
            ("job.yaml/x", 10, "Not a directory"),
        ] as [(String, Int32, String)] {
            let ending = try place.sealpipe("run", file)
            #expect(ending.status == status, "\(ending)")
            #expect(
                ending.err.contains("the job file \(file) cannot be read: \(reason)"), "\(ending)")
        }
    }

    @Test func `an online check misses a source that is not there`() throws {
        let place = try place()
        #expect(try place.sealpipe("check", "--online", "job.yaml").status == 0)
        try place.shell("mv data elsewhere")
        #expect(try place.sealpipe("check", "job.yaml").status == 0)
        let ending = try place.sealpipe("check", "--online", "job.yaml")
        #expect(ending.status == 10, "\(ending)")
        #expect(ending.err.contains("data: No such file"), "\(ending)")
    }

    @Test func `an unknown key is named with its place and the nearest known one`() throws {
        let place = try place(
            Self.good.replacingOccurrences(of: "{ level: 1 }", with: "{ levle: 1 }"))
        let ending = try place.sealpipe("run", "job.yaml")
        #expect(ending.status == 78, "\(ending)")
        #expect(ending.err.contains(#/job\.yaml:7:17: error: .*levle.*level/#), "\(ending.err)")
        #expect(!place.exists("set"))
    }

    @Test(arguments: ["0", "64", "1B", "999TiB", "-4MiB", "4MB5", "64kib!"])
    func `an impossible size is an error of the job file`(size: String) throws {
        let place = try place(Self.good.replacingOccurrences(of: "64KiB", with: size))
        let ending = try place.sealpipe("check", "job.yaml")
        #expect(ending.status == 78, "\(ending)")
        #expect(ending.err.contains(#/job\.yaml:6:\d+: error: /#), "\(ending.err)")
    }

    @Test func `all errors of a job file are told at once`() throws {
        let place = try place(
            """
            version: 1
            name: Not A Name
            colour: blue
            input:
              paths: [data]
            stages:
              - chunk: { size: 1B }
              - compress: { level: 77 }
              - encrypt: { frame: 4KiB, part: 1KiB, cipher: rot13 }
            output:
              archive: set
            """)
        let ending = try place.sealpipe("check", "job.yaml")
        #expect(ending.status == 78, "\(ending)")
        for line in [2, 3, 7, 8, 9] {
            #expect(ending.err.contains("job.yaml:\(line):"), "line \(line): \(ending.err)")
        }
    }

    @Test func `a job that stores plaintext is refused`() throws {
        let place = try place(
            Self.good.replacingOccurrences(
                of: "  - encrypt: { frame: 4KiB, part: 128KiB }\n", with: ""))
        let ending = try place.sealpipe("run", "job.yaml")
        #expect(ending.status == 78, "\(ending)")
        #expect(!place.exists("set"))
    }

    @Test func `of several job files none runs when one is invalid`() throws {
        let place = try place()
        try place.write("bad.yaml", "version: 7\n")
        let ending = try place.sealpipe("run", "job.yaml", "bad.yaml")
        #expect(ending.status == 78, "\(ending)")
        #expect(!place.exists("set"))
    }

    @Test func `a job file that is not there is missing`() throws {
        let ending = try place().sealpipe("run", "nowhere.yaml")
        #expect(ending.status == 10, "\(ending)")
    }

    @Test func `a source that is not there is missing, and nothing is made`() throws {
        let place = try place(Self.good.replacingOccurrences(of: "[data]", with: "[elsewhere]"))
        let ending = try place.sealpipe("run", "job.yaml")
        #expect(ending.status == 10, "\(ending)")
        #expect(ending.err.contains("elsewhere"))
        #expect(!place.exists("set"))
    }

    @Test func `a run prints the archive's path as its last line`() throws {
        let place = try place()
        let ending = try place.sealpipe("run", "job.yaml")
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.lines.count == 1)
        #expect(place.exists("\(ending.lastLine)/manifest.json"))
        #expect(place.archives("set").count == 1)
    }

    @Test func `the nightly job seals the samples and its archive is whole`() throws {
        let place = try place()
        let job = "\(Workplace.package)/pipelines/nightly.yaml"
        let ending = try place.sealpipe("run", job, "--set", "output.archive=\(place("nightly"))")
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.lastLine.hasPrefix(place("nightly/")))
        #expect(try place.sealpipe("verify", place("nightly")).status == 0)
        #expect(try place.sealpipe("restore", "nightly", "back").status == 0)
        #expect(
            try place.shell(
                "diff -r --no-dereference -x '*.tmp' '\(Workplace.package)/samples/orders' back/orders"
            ).status == 0)
    }

    @Test(arguments: ["nightly", "restore", "drill", "profile"])
    func `every job file that comes along is valid`(name: String) throws {
        let ending = try Workplace().sealpipe(
            "check", "\(Workplace.package)/pipelines/\(name).yaml")
        #expect(ending.status == 0 && !ending.err.contains("warning"), "\(ending)")
    }

    @Test func `a value set to nonsense is an error of the job`() throws {
        let ending = try place().sealpipe("check", "job.yaml", "--set", "stages.compress.level=40")
        #expect(ending.status == 78, "\(ending)")
    }

    @Test func `a dry run leaves nothing`() throws {
        let place = try place()
        #expect(try place.sealpipe("run", "--dry-run", "job.yaml").status == 0)
        #expect(try place.sealpipe("seal", "--dry-run", "data", "set").status == 0)
        #expect(!place.exists("set"))
    }

    @Test func `a dry restore leaves nothing`() throws {
        let place = try place()
        #expect(try place.sealpipe("run", "job.yaml").status == 0)
        let ending = try place.sealpipe("restore", "--dry-run", "set", "back")
        #expect(ending.status == 0, "\(ending)")
        #expect(!place.exists("back"))
    }

    @Test func `what print-job prints is a valid job that does the same`() throws {
        let place = try place()
        let printed = try place.sealpipe(
            "seal", "--print-job", "--level", "7", "--exclude", "**/*.tmp", "--context", "a=b: c",
            "data", "set")
        #expect(printed.status == 0 && !place.exists("set"), "\(printed)")
        try place.write("printed.yaml", printed.out)
        #expect(try place.sealpipe("check", "printed.yaml").status == 0)
        let ending = try place.sealpipe("run", "printed.yaml")
        #expect(ending.status == 0, "\(ending)")
        let restore = try place.sealpipe(
            "restore", "--print-job", "--context", "a=b: c", "set", "back")
        try place.write("restore.yaml", restore.out)
        #expect(try place.sealpipe("check", "restore.yaml").status == 0, "\(restore)")
        #expect(try place.sealpipe("run", "restore.yaml").status == 0)
        #expect(try place.same("data", "back/data"))
    }

    @Test func `check proves key and output when it is asked to`() throws {
        let place = try place()
        let ending = try place.sealpipe("check", "--online", "job.yaml")
        #expect(ending.status == 0, "\(ending)")
        // The first run makes the store.
        #expect(!place.exists("set") && !place.exists("okms"))
        #expect(try place.sealpipe("keys", "create").status == 0)
        #expect(try place.sealpipe("keys", "disable", "default").status == 0)
        #expect(try place.sealpipe("check", "job.yaml").status == 0)
        #expect(try place.sealpipe("check", "--online", "job.yaml").status == 12)
    }

    @Test func `check finds an output that is no archive set`() throws {
        let place = try place()
        try place.write("set/letter.txt", "dear")
        #expect(try place.sealpipe("check", "--online", "job.yaml").status == 2)
    }

    @Test func `a plan tells entries, bytes, parts, key calls and memory`() throws {
        let place = try place()
        let ending = try place.sealpipe("plan", "--json", "job.yaml")
        #expect(ending.status == 0, "\(ending)")
        let plan = try ending.object()
        #expect(plan["job"] as? String == "small")
        #expect(plan["entries"] as? Int == 3)
        #expect(plan["content_bytes"] as? Int == 300_004)
        #expect(plan["key_calls"] as? Int == 1)
        #expect(try #require(plan["memory_bytes"] as? Int) > 0)
        #expect(try #require(plan["parts"] as? Int) >= 3)
        #expect(!place.exists("set"))
    }
}
