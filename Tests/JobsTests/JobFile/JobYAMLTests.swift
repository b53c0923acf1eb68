import OKMS
import Testing

@testable import Jobs

@Suite struct JobYAMLTests {
    static let strange = [
        "a b", "5", "true", "~x", "null", "-x", "- x", "#x", "a: b", "${A}", "$${A}", "$", "'",
        "\"", "\\",
        "x\ny", "é", "e\u{301}", "😀", "\u{7}\u{85}\u{2028}\u{feff}", "yes", "1e3", ".5", "*", "&a",
        "!x", "{", "[", "%", "@", "`", "?", "<<", " x ", "0x1f", ".inf", "\u{fffe}", "=", "a#b",
        "x:",
    ]

    private func roundTrip(_ job: Job) throws {
        let (read, diagnostics) = JobFile.load(text: job.yaml, path: "job.yaml")
        #expect(read == job, "\(diagnostics)\n\(job.yaml)")
    }

    @Test func `a printed job reads well`() throws {
        let job = Job(
            name: "nightly",
            key: KeyChoice(context: try EncryptionContext([("dataset", "orders")])),
            input: .paths(
                [Source(path: "../data", name: "data"), Source(path: "x/..", name: "all")],
                exclude: [try Glob("*.tmp")], oneFileSystem: true),
            stages: Stages(compression: .init(), encryption: .init()),
            output: .archive(path: "set"), limits: Limits(workers: 2),
            report: Report(metrics: "a b.prom"))
        #expect(
            job.yaml == """
                version: 1
                name: nightly
                key:
                  service: embedded
                  id: default
                  context:
                    dataset: orders
                input:
                  paths:
                    - ../data
                    - path: x/..
                      as: all
                  exclude: ["*.tmp"]
                  one_file_system: true
                stages:
                  - chunk: { size: 8MiB }
                  - compress: { codec: zstd, level: 3 }
                  - encrypt: { frame: 1MiB, part: 64MiB }
                output:
                  archive: set
                limits:
                  workers: 2
                report:
                  metrics: "a b.prom"

                """)
        try roundTrip(job)
    }

    @Test func `every kind of job is read back as it was`() throws {
        let key = KeyChoice(
            service: .endpoint(url: "https://kms.example.com:8443", region: "eu-west-2"),
            names: ["default", "1d2ff1a4-6a3f-4a6c-9f65-2f8ac3d2f001"])
        let inputs: [Input] = [
            .stdin(name: "dump.sql"), .command(arguments: ["sh", "-c", "a | b"], name: "x"),
            .paths([Source(path: "/", name: "root")]),
        ]
        let seals = [
            Stages(), Stages(chunkByteCount: 65_537, compression: .init(level: 19)),
            Stages(encryption: .init(frameByteCount: 4096, partByteCount: 4 << 30)),
        ]
        for input in inputs {
            for stages in seals {
                for output in [Output.stdout, .discard] {
                    try roundTrip(
                        Job(name: "j", key: key, input: input, stages: stages, output: output))
                }
            }
            try roundTrip(
                Job(
                    name: "j", input: input, stages: Stages(encryption: .init()),
                    output: .archive(path: "a b")))
        }
        let opens = Stages(decrypts: true, decompresses: true, verifies: true)
        for output in [Output.directory(path: "d", overwrite: .replace), .stdout, .discard] {
            try roundTrip(
                Job(
                    name: "j", key: key,
                    input: .archive(path: "set", select: [try Glob("a/[!b]*"), try Glob("\\*")]),
                    stages: opens, output: output))
        }
    }

    @Test(arguments: strange)
    func `any text survives`(text: String) throws {
        let context = try EncryptionContext([(text.replacing("${", with: "$"), text)])
        var inputs = [
            Input.command(arguments: ["cat", text], name: "cat"), .stdin(name: text),
            .paths([Source(path: "x/\(text)/", name: text)]),
            .paths([Source(path: text, name: "name")]),
        ]
        if let glob = try? Glob(text) {
            inputs.append(.paths([Source(path: "x", name: "x")], exclude: [glob]))
        }
        for input in inputs {
            try roundTrip(
                Job(
                    name: "j", key: KeyChoice(context: context), input: input,
                    stages: Stages(encryption: .init()), output: .archive(path: text)))
        }
    }
}
