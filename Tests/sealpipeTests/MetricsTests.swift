import Foundation
import Testing

/// The file in which a run tells Prometheus what it does.
@Suite struct MetricsTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private func write(input: String = "stdin", set: String = "set", metrics: String = "night.prom")
        throws
    {
        try place.write(
            "job.yaml",
            """
            version: 1
            name: night
            input: \(input)
            stages: [chunk, compress, encrypt]
            output: { archive: \(set) }
            report: { metrics: \(metrics) }

            """)
    }

    /// Every value of a page by its series. Fails where a line is none of the text format.
    private func values(_ name: String = "night.prom") throws -> [String: Double] {
        let text = try place.text(name)
        #expect(text.hasSuffix("\n"))
        var values: [String: Double] = [:]
        var types: Set<String> = []
        let sample = try Regex(
            #"([a-z_]+)(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? (\S+)"#
        )
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                #expect(types.insert(String(line.split(separator: " ")[2])).inserted, "\(line)")
                continue
            }
            if line.hasPrefix("# HELP ") { continue }
            let match = try #require(try sample.wholeMatch(in: String(line)), "\(line)")
            #expect(types.contains(String(match[1].substring ?? "")), "\(line)")
            let series = String(line.dropLast((match[3].substring ?? "").count + 1))
            let value = try #require(Double(match[3].substring ?? ""))
            #expect(values.updateValue(value, forKey: series) == nil, "\(line)")
        }
        return values
    }

    private func value(_ name: String) throws -> Double? {
        try values()["sealpipe_\(name){job=\"night\"}"]
    }

    @Test func `a run that succeeded is told of, for everyone to read`() throws {
        try place.write("data/noise", noise(100_000))
        try write(input: "{ paths: [data] }")
        let ending = try place.shell("umask 077; sealpipe run job.yaml")
        #expect(ending.status == 0, "\(ending)")
        #expect(try value("run_success") == 1 && value("run_running") == 0)
        #expect(try value("run_entries") == 2 && value("run_content_bytes") == 100_000)
        #expect(try value("run_key_calls") == 1 && value("run_exit_status") == 0)
        #expect(try #require(try value("run_stored_bytes")) > 100_000)
        let (start, success) = (
            try #require(try value("run_start_time_seconds")),
            try #require(try value("last_success_time_seconds"))
        )
        #expect(start > 1_700_000_000 && success >= start)
        let stages = try values().keys.filter { $0.hasPrefix("sealpipe_stage_busy_seconds{") }
        #expect(stages.count >= 8)
        #expect(try place.shell("stat -c %a night.prom").out == "644\n")
        #expect(!place.exists("night.prom.tmp"))
    }

    @Test func `a run that fails keeps its figures and the time of the last success`() throws {
        try write(input: "{ command: [echo, text] }")
        #expect(try place.sealpipe("run", "job.yaml").status == 0)
        let success = try #require(try value("last_success_time_seconds"))
        try write(input: "{ command: [\"false\"] }")
        #expect(try place.sealpipe("run", "job.yaml").status == 1)
        #expect(try value("run_success") == 0 && value("run_exit_status") == 1)
        #expect(try value("run_running") == 0)
        #expect(try value("last_success_time_seconds") == success)
        #expect(try #require(try value("run_start_time_seconds")) > success - 1)
        try place.shell("sealpipe keys disable default")
        #expect(try place.sealpipe("run", "job.yaml").status == 12)
        #expect(try value("run_exit_status") == 12)
        #expect(try value("last_success_time_seconds") == success)
    }

    @Test func `labels hold any name of a set`() throws {
        try write(input: "{ command: [echo] }", set: #""a\"b\\c\nd""#)
        let ending = try place.sealpipe("run", "job.yaml")
        #expect(ending.status == 0, "\(ending)")
        #expect(place.exists("a\"b\\c\nd"))
        let info = try #require(try values().keys.first { $0.hasPrefix("sealpipe_run_info{") })
        #expect(info.contains(#"set="a\"b\\c\nd""#), "\(info)")
    }

    @Test func `while it goes on a run is seen to run`() throws {
        try write()
        let run = try place.start(["run", "job.yaml"])
        #expect(run.wait { place.exists("night.prom") })
        #expect(try value("run_running") == 1 && value("run_success") == nil)
        run.signal(SIGTERM)
        #expect(try run.end().status == 143)
        #expect(try value("run_running") == 0 && value("run_exit_status") == 143)
    }

    @Test func `what cannot be written keeps a run from starting`() throws {
        try place.shell("mkdir dir.prom")
        for metrics in ["none/night.prom", "dir.prom"] {
            try write(input: "{ command: [echo] }", metrics: metrics)
            let ending = try place.sealpipe("run", "job.yaml")
            #expect(ending.status == 78, "\(ending)")
            #expect(ending.err.contains("metrics cannot be written: \(metrics)"), "\(ending)")
        }
        #expect(!place.exists("set") && !place.exists("okms"))
        try write(input: "{ command: [echo] }", metrics: "none/night.prom")
        let checked = try place.sealpipe("check", "--online", "job.yaml")
        #expect(checked.status == 78 && checked.err.contains("none/night.prom"), "\(checked)")
        try write(metrics: "night.txt")
        #expect(try place.sealpipe("check", "job.yaml").status == 78)
    }

    @Test func `what can no longer be written is a warning`() throws {
        try place.shell("mkdir metrics")
        try write(metrics: "metrics/night.prom")
        let run = try place.start(["run", "job.yaml"])
        #expect(run.wait { place.exists("metrics/night.prom") })
        try place.shell("rm -r metrics")
        try run.send("text\n")
        let ending = try run.end()
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.err.contains("warning: the metrics could not be written"), "\(ending)")
        #expect(place.archives("set").count == 1)
    }

    @Test func `a dry run is no success`() throws {
        try write(input: "{ command: [echo] }")
        #expect(try place.sealpipe("run", "--dry-run", "job.yaml").status == 0)
        #expect(!place.exists("night.prom"))
    }
}
