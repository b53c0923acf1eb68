import Testing

@testable import Jobs

/// What a job owes: `expect`, `restore_profile`, `sample` and `evidence`.
@Suite struct JobDutiesTests {
    static let expecting =
        sealJob + """

            expect:
              min_entries: 1000
              min_bytes: 5GiB
              max_shrink: 20%
              required_paths: [orders/2026.csv, "orders/**/*.db"]
            """
    static let drill = jobText(
        input: "{ archive: s, sample: 5% }", stages: "[decrypt, decompress, verify]",
        output: "discard", more: "report: { evidence: a/b.json }")
    static let service = "service: https://kms.example.com, region: eu-west-2"

    @Test func `expectations are read, with the set they are about`() throws {
        let expectations = try job(Self.expecting, path: "a/job.yaml").expectations
        #expect(
            expectations
                == Expectations(
                    minEntries: 1000, minBytes: 5 << 30, maxShrink: try Percentage("20%"),
                    requiredPaths: [try Glob("orders/2026.csv"), try Glob("orders/**/*.db")],
                    set: "a/set"))
        #expect(try job(sealJob + "\nexpect: {}\n").expectations == Expectations())
    }

    @Test func `a sample, evidence and who restores are read`() throws {
        let drill = try job(Self.drill, path: "x/job.yaml")
        #expect(
            drill.input == .archive(path: "x/s", select: [], sample: try Percentage("5%")))
        #expect(drill.report.evidence == "x/a/b.json")
        let sealing = try job(
            sealJob + "\nkey: { \(Self.service), restore_profile: restorer }\n")
        #expect(sealing.key.restoreProfile == "restorer")
    }

    @Test func `all of it is printed as it was read`() throws {
        let texts = [
            Self.expecting, Self.drill, Self.drill.replacing("5%", with: "0.05%"),
            sealJob + "\nexpect: { required_paths: ['*'] }\n",
            Self.drill + "\nkey: { \(Self.service), restore_profile: a.b@c }\n",
        ]
        for text in texts {
            let read = try job(text)
            #expect(try job(read.yaml) == read, "\(read.yaml)")
        }
    }

    @Test(arguments: [
        ("min_entires: 5", "11:11 unknown-key"), ("min_entries: 0", "11:24 out-of-range"),
        ("min_entries: many", "11:24 wrong-type"), ("min_bytes: 5", "11:22 invalid-size"),
        ("min_bytes: 0B", "11:22 out-of-range"), ("max_shrink: 20", "11:23 invalid-value"),
        ("max_shrink: 101%", "11:23 out-of-range"), ("max_shrink: much", "11:23 invalid-value"),
        ("required_paths: []", "11:27 invalid-value"),
        ("required_paths: [a//b]", "11:28 invalid-value"),
        ("required_paths: a", "11:27 wrong-type"),
    ])
    func `a wrong expectation is an error where it stands`(text: String, place: String) {
        #expect(places(sealJob + "\nexpect: { \(text) }\n") == [place])
    }

    @Test func `mistakes come with advice`() {
        let messages = messages(sealJob + "\nexpect: { min_entires: 5, max_shrink: 20 }\n")
        #expect(messages.contains { $0.contains("(did you mean 'min_entries'?)") })
        #expect(messages.contains { $0.contains("a share needs a '%' (write 20%)") })
    }

    @Test(arguments: [
        ("stdin", "[encrypt]", "stdout"), ("stdin", "[encrypt]", "discard"),
        ("{ archive: s }", "[decrypt, decompress]", "{ directory: d }"),
    ])
    func `nothing is expected of what makes no archive`(
        input: String, stages: String, output: String
    ) {
        let text = jobText(
            input: input, stages: stages, output: output, more: "expect: { min_entries: 1 }")
        #expect(places(text) == ["6:1 stage-conflict"])
    }

    @Test(arguments: [
        ("[decrypt, decompress]", "discard"), ("[verify]", "discard"),
        ("[decrypt, decompress]", "stdout"), ("[decrypt, decompress, verify]", "{ directory: d }"),
    ])
    func `samples and evidence are of what is opened and verified`(stages: String, output: String) {
        let text = jobText(
            input: "{ archive: s, sample: 5% }", stages: stages, output: output,
            more: "report: { evidence: a.json }")
        #expect(places(text) == ["3:22 stage-conflict", "6:11 stage-conflict"])
    }

    @Test(arguments: ["0%", "101%", "5", "all"])
    func `a sample is a share that is not nothing`(share: String) {
        #expect(places(Self.drill.replacing("5%", with: share)).count == 1)
    }

    @Test func `evidence is a JSON file`() {
        #expect(places(Self.drill.replacing(".json", with: ".txt")) == ["6:21 invalid-value"])
    }

    @Test func `the embedded service has no profiles`() {
        let embedded = messages(sealJob + "\nkey: { restore_profile: restorer }\n")
        #expect(
            embedded.count == 1 && embedded[0].hasPrefix("job.yaml:11:8: error: "), "\(embedded)")
        for profile in ["\"\"", "'a b'", "-a", "[a]", "\"a\\nb\""] {
            let text = "\nkey: { \(Self.service), restore_profile: \(profile) }\n"
            #expect(places(sealJob + text).count == 1, "\(profile)")
        }
    }
}
