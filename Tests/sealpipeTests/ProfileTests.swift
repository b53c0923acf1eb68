import Foundation
import Testing

/// A job run measured, as a user does it.
@Suite struct ProfileTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
        try place.write("job.yaml", JobFileTests.good)
        try place.write("data/one.csv", String(repeating: "a,b,c\n", count: 20_000))
        try place.write("data/two.bin", noise(300_000))
    }

    private func profile(_ arguments: String...) throws -> Ending {
        try place.start(["profile"] + arguments + ["job.yaml"]).end()
    }

    @Test func `the table has a line a stage, the run, and a verdict`() throws {
        let ending = try profile()
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.lines.first?.hasPrefix("stage ") == true)
        for stage in ["key service", "pack", "compress", "encrypt", "store"] {
            #expect(ending.lines.contains { $0.hasPrefix("\(stage) ") }, "\(stage): \(ending)")
        }
        #expect(ending.lines.count { $0.hasPrefix("verdict: ") } == 1, "\(ending)")
        #expect(place.archives("set").count == 1)
    }

    @Test func `what is discarded is measured too, and nothing kept`() throws {
        let ending = try profile("--discard", "--json", "-")
        #expect(ending.status == 0, "\(ending)")
        let profile = try ending.object()
        #expect((profile["job"] as? [String: Any])?["output"] as? String == "discard")
        #expect(!place.exists("set"))
    }

    @Test func `a job that fails leaves no profile`() throws {
        try place.shell("rm -r data")
        let ending = try profile("--json", "profile.json")
        #expect(ending.status == 10 && ending.out.isEmpty, "\(ending)")
        #expect(!place.exists("profile.json"))
    }

    @Test(arguments: [
        ["--json", "nowhere/profile.json"], ["--html", "nowhere/page.html"], ["--trace", "data"],
        ["--html", "-"], ["--trace", "-"], ["--html", "same", "--json", "same"],
    ])
    func `what could not be written is found before the run`(arguments: [String]) throws {
        let ending = try place.start(["profile"] + arguments + ["job.yaml"]).end()
        #expect(ending.status == 2 && ending.out.isEmpty, "\(ending)")
        #expect(ending.err.hasPrefix("sealpipe: error: "), "\(ending)")
        #expect(!place.exists("set") && !place.exists("okms") && !place.exists("same"))
    }

    @Test func `a pipe is written to, not replaced`() throws {
        let ending = try place.shell(
            """
            mkfifo pipe; timeout 60 cat pipe >got & \
            sealpipe profile --discard --html pipe job.yaml >table && wait && test -p pipe &&
            grep -c '</html>' got
            """)
        #expect(ending.status == 0 && ending.lastLine == "1", "\(ending)")
    }

    @Test func `one output takes one thing`() throws {
        try place.write(
            "job.yaml",
            JobFileTests.good.replacingOccurrences(of: "  archive: set", with: "  stdout"))
        let both = try profile("--json", "-")
        #expect(both.status == 2 && both.out.isEmpty, "\(both)")
    }

    @Test func `figures add up`() throws {
        #expect(try profile("--json", "profile.json").status == 0)
        let profile = try #require(
            JSONSerialization.jsonObject(with: place.read("profile.json")) as? [String: Any])
        #expect(profile["content_bytes"] as? Int == 420_000)
        #expect(profile["key_calls"] as? Int == 1 && profile["partial"] as? Bool == false)
        let stages = try #require(profile["stages"] as? [[String: Any]])
        func stage(_ name: String) -> [String: Any]? {
            stages.first { $0["name"] as? String == name }
        }
        #expect(stage("pack")?["bytes_out"] as? Int == profile["tar_bytes"] as? Int)
        #expect(stage("compress")?["place"] as? String == "workers")
        #expect(stage("key service")?["place"] as? String == "outside")
        let machine = try #require(profile["machine"] as? [String: Any])
        #expect(machine["kernel"] as? String == (try place.shell("uname -sr").lines.first))
        #expect(try #require(machine["memory_bytes"] as? Int) > 64 << 20)
    }

    private func types(_ profile: [String: Any]) throws -> [String: [String: Int]] {
        let list = try #require(profile["types"] as? [[String: Any]])
        return try Dictionary(
            uniqueKeysWithValues: list.map { type in
                (try #require(type["name"] as? String), type.compactMapValues { $0 as? Int })
            })
    }

    @Test func `bytes are told by type of file, and add up`() throws {
        try place.write("data/folder/README", "read me")
        let sealed = try profile("--json", "-").object()
        let types = try types(sealed)
        #expect(Set(types.keys) == [".csv", ".bin", "no extension", "directories and links"])
        #expect(types[".csv"]?["files"] == 1 && types[".csv"]?["content_bytes"] == 120_000)
        #expect(types["no extension"]?["content_bytes"] == 7)
        let tar = types.values.reduce(0) { $0 + ($1["tar_bytes"] ?? 0) }
        #expect(tar == sealed["tar_bytes"] as? Int)
        let stages = try #require(sealed["stages"] as? [[String: Any]])
        let frame = try #require(stages.first { $0["name"] as? String == "frame" })
        let stored = types.values.reduce(0) { $0 + ($1["stored_bytes"] ?? 0) }
        #expect(stored == frame["bytes_in"] as? Int)
        // What repeats is stored in less; noise is not.
        let csv = try #require(types[".csv"]), noise = try #require(types[".bin"])
        #expect(try #require(csv["stored_bytes"]) < (csv["tar_bytes"] ?? 0) / 2)
        #expect(try #require(noise["stored_bytes"]) > 250_000)
    }

    @Test func `a process that may use one processor takes one worker`() throws {
        let ending = try place.shell(
            "taskset -c 0 '\(Workplace.program)' profile --json - job.yaml")
        #expect(ending.status == 0, "\(ending)")
        #expect((try ending.object()["machine"] as? [String: Any])?["processors"] as? Int == 1)
        #expect((try ending.object()["job"] as? [String: Any])?["workers"] as? Int == 1)
    }

    @Test func `what is done before and after the pipeline is measured too`() throws {
        let profile = try profile("--json", "-", "--set", "limits.workers=1").object()
        let stages = try #require(profile["stages"] as? [[String: Any]])
        let outside = stages.filter { $0["place"] as? String == "outside" }
        #expect(
            outside.compactMap { $0["name"] as? String } == ["key service", "prepare", "commit"])
        #expect(outside.allSatisfy { ($0["busy_seconds"] as? Double ?? 0) > 0 })
        #expect(profile["key_calls"] as? Int == 1)
        let table = try self.profile("--discard", "--set", "limits.workers=1").out
        #expect(table.contains(" 1 worker ") && !table.contains("1 workers"), "\(table)")
    }

    @Test func `a trace has a track for each worker and each stage with a thread`() throws {
        let ending = try profile("--trace", "trace.json", "--set", "limits.workers=2")
        #expect(ending.status == 0, "\(ending)")
        let value = try JSONSerialization.jsonObject(with: place.read("trace.json"))
        let trace = try #require(value as? [String: Any])
        let events = try #require(trace["traceEvents"] as? [[String: Any]])
        func named(_ name: String) -> [[String: Any]] {
            events.filter { $0["name"] as? String == name }
        }
        let tracks = named("thread_name").compactMap { ($0["args"] as? [String: String])?["name"] }
        #expect(
            Set(tracks) == [
                "caller", "pack", "frame", "store", "publish", "workers 1", "workers 2",
            ])
        // Every chunk's bytes are in it.
        let compressed = named("compress").compactMap {
            ($0["args"] as? [String: Int])?["bytes_in"]
        }
        #expect(compressed.contains(64 << 10))
        #expect(named("key service").count == 1 && named("pack").count == 1)
        for event in events where event["ph"] as? String == "X" {
            #expect(try #require(event["ts"] as? Double) >= 0)
            #expect(try #require(event["dur"] as? Double) >= 0)
            #expect(1...tracks.count ~= (event["tid"] as? Int ?? 0))
        }
    }

    @Test func `restoring finds the types that sealing found`() throws {
        let sealed = try types(profile("--json", "-").object())
        try place.write(
            "job.yaml",
            """
            version: 1
            name: back
            input: { archive: set }
            stages: [decrypt, decompress]
            output: { directory: back }
            """)
        let restored = try profile("--json", "profile.json")
        #expect(restored.status == 0, "\(restored)")
        let value = try JSONSerialization.jsonObject(with: place.read("profile.json"))
        #expect(try types(#require(value as? [String: Any])) == sealed)
        #expect(try types(profile("--discard", "--json", "-").object()) == sealed)
    }

    @Test(.enabled(if: PythonSchema.isThere, "python3 with jsonschema is not here"))
    func `the profile is as its schema says`() throws {
        #expect(try profile("--json", "profile.json").status == 0)
        let schema = try place.sealpipe("schema", "profile")
        #expect(schema.status == 0, "\(schema)")
        try place.write("schema.json", schema.out)
        let judged = try place.shell(PythonSchema.judging("profile.json", "schema.json"))
        #expect(judged.status == 0, "\(judged)")
        // What is not as it says is noticed.
        try place.shell("sed -i 's/\"entries\":/\"entrees\":/' profile.json")
        #expect(try place.shell(PythonSchema.judging("profile.json", "schema.json")).status == 1)
    }

    @Test func `an unknown schema is a usage error`() throws {
        #expect(try place.sealpipe("schema", "profil").status == 2)
    }
}

/// The validator of Debian's package python3-jsonschema.
private enum PythonSchema {
    static let isThere: Bool = {
        if ProcessInfo.processInfo.environment["CI"] == "true" { return true }
        return (try? Workplace().shell("python3 -c 'import jsonschema'").status) == 0
    }()

    static func judging(_ file: String, _ schema: String) -> String {
        """
        python3 -W ignore - <<END
        import json, jsonschema
        schema = json.load(open("\(schema)"))
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.Draft7Validator(schema).validate(json.load(open("\(file)")))
        END
        """
    }
}
