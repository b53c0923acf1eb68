import OKMS
import Testing

@testable import Jobs

@Suite struct JobFileTests {
    @Test func `the job file of the design page becomes a complete job`() throws {
        let text = """
            version: 1
            name: nightly-orders                  # [a-z0-9-]
            key:
              service: embedded
              id: default
              context: { dataset: orders, environment: production }
            input:
              paths: [../samples/orders]
              exclude: ["**/*.tmp"]
            stages:
              - chunk:    { size: 4MiB }
              - compress: { codec: zstd, level: 3 }
              - encrypt:  { frame: 1MiB, part: 64MiB }
            output:
              archive: ../archives/nightly-orders
            """
        let expected = Job(
            name: "nightly-orders",
            key: KeyChoice(
                context: try EncryptionContext([
                    ("dataset", "orders"), ("environment", "production"),
                ])),
            input: .paths(
                [Source(path: "jobs/../samples/orders", name: "orders")],
                exclude: [try Glob("**/*.tmp")]),
            stages: Stages(
                chunkByteCount: 4 << 20, compression: .init(), encryption: .init()),
            output: .archive(path: "jobs/../archives/nightly-orders"))
        #expect(try job(text, path: "jobs/nightly.yaml") == expected)
    }

    @Test func `a restore is the same kind of file`() throws {
        let text = """
            version: 1
            name: restore
            input: { archive: set, select: [orders/csv, "*.md"] }
            stages: [decrypt, decompress]
            output: { directory: /out, overwrite: replace }
            """
        let expected = Job(
            name: "restore",
            input: .archive(path: "/srv/set", select: [try Glob("orders/csv"), try Glob("*.md")]),
            stages: Stages(decrypts: true, decompresses: true),
            output: .directory(path: "/out", overwrite: .replace))
        #expect(try job(text, path: "/srv/restore.yaml") == expected)
    }

    @Test(arguments: [
        ("stdin", Input.stdin(name: "stdin")),
        ("{ stdin: }", .stdin(name: "stdin")),
        ("{ stdin: {} }", .stdin(name: "stdin")),
        ("{ stdin: { name: dump.sql } }", .stdin(name: "dump.sql")),
        (
            "{ command: [pg_dump, shop] }",
            .command(arguments: ["pg_dump", "shop"], name: "pg_dump")
        ),
        (
            "{ command: [./dump.sh, \"\"], name: shop.sql }",
            .command(arguments: ["jobs/./dump.sh", ""], name: "shop.sql")
        ),
        ("{ paths: [/a/b/] }", .paths([Source(path: "/a/b/", name: "b")])),
        (
            "{ paths: [{ path: .., as: all }, x], one_file_system: true }",
            .paths(
                [Source(path: "jobs/..", name: "all"), Source(path: "jobs/x", name: "x")],
                oneFileSystem: true)
        ),
    ])
    func `an input is read in each of its spellings`(text: String, expected: Input) throws {
        let text = jobText(input: text, stages: "[chunk, compress, encrypt]", output: "discard")
        #expect(try job(text, path: "jobs/test.yaml").input == expected)
    }

    @Test(arguments: [
        ("discard", Output.discard), ("{ discard: }", .discard), ("{ discard: {} }", .discard),
        ("stdout", .stdout), ("{ stdout: {} }", .stdout), ("{ archive: a }", .archive(path: "a")),
    ])
    func `an output is read in each of its spellings`(text: String, expected: Output) throws {
        let text = jobText(input: "stdin", stages: "[encrypt]", output: text)
        #expect(try job(text).output == expected)
    }

    @Test(arguments: [
        ("[]", Stages()),
        ("[{ chunk: { size: 64KiB } }]", Stages(chunkByteCount: 65_536)),
        ("[compress]", Stages(compression: .init())),
        ("[{ compress: { level: 19 } }]", Stages(compression: .init(level: 19))),
        ("[encrypt]", Stages(encryption: .init())),
        (
            "[{ encrypt: { frame: 4KiB, part: 8MiB } }]",
            Stages(encryption: .init(frameByteCount: 4096, partByteCount: 8 << 20))
        ),
        ("[decrypt]", Stages(decrypts: true)),
        ("[decrypt, { decompress: {} }]", Stages(decrypts: true, decompresses: true)),
    ])
    func `stages are read in each of their spellings`(text: String, expected: Stages) throws {
        let text = jobText(input: "stdin", stages: text, output: "stdout")
        #expect(try job(text).stages == expected)
    }

    @Test func `keys may be several, at a service elsewhere`() throws {
        let id = "1d2ff1a4-6a3f-4a6c-9f65-2f8ac3d2f001"
        let text =
            sealJob + """

                key:
                  service: https://kms.example.com
                  region: eu-west-2
                  id: [default, \(id)]
                """
        let key = try job(text).key
        #expect(
            key.service == .endpoint(url: "https://kms.example.com", region: "eu-west-2"))
        #expect(key.names == ["default", id])
    }

    @Test func `a region that is not written is the environment's`() throws {
        let text = sealJob + "\nkey: { service: https://kms.example.com }"
        func region(_ environment: [String: String]) throws -> KeyChoice.Service {
            try job(text, environment: environment).key.service
        }
        let url = "https://kms.example.com"
        let both = ["AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"]
        #expect(try region(both) == .endpoint(url: url, region: "a"))
        #expect(try region(["AWS_DEFAULT_REGION": "b"]) == .endpoint(url: url, region: "b"))
        #expect(places(text, environment: ["AWS_REGION": ""]) == ["11:8 missing-key"])
        #expect(places(text, environment: ["AWS_REGION": "Not One"]) == ["11:8 invalid-value"])
        let written = sealJob + "\nkey: { service: https://kms.example.com, region: c }"
        #expect(
            try job(written, environment: both).key.service == .endpoint(url: url, region: "c"))
        #expect(try job(sealJob, environment: both).key.service == .embedded)
    }

    @Test func `a job without a key takes the embedded service's default key`() throws {
        #expect(try job(sealJob).key == KeyChoice())
    }

    @Test func `workers are limited`() throws {
        #expect(try job(sealJob).limits.workers == nil)
        #expect(try job(sealJob + "\nlimits: { workers: 7 }").limits.workers == 7)
    }

    @Test func `all errors come at once, sorted by position, settings last`() {
        let text = """
            nmae: x
            version: 2
            input:
              paths: [a, b/a]
              stdin: {}
            stages:
              - encrypt: { frame: 1 }
              - compress: { levle: 3, level: 20 }
            output: { archive: set, archive: set }
            """
        #expect(
            messages(text, settings: ["limits.worker=3"]) == [
                "job.yaml:1:1: error: unknown key 'nmae' (did you mean 'name'?)",
                "job.yaml:1:1: error: a job needs 'name'",
                "job.yaml:2:10: error: version 2 is not known; this sealpipe reads version 1",
                "job.yaml:5:3: error: an input is exactly one of paths, stdin, command, archive: "
                    + "'paths' is there already",
                "job.yaml:7:23: error: a size needs a unit (write 1MiB or 1KiB)",
                "job.yaml:8:5: error: 'compress' must come before 'encrypt': "
                    + "what is encrypted does not compress (the order is chunk, compress, encrypt)",
                "job.yaml:8:17: error: unknown key 'levle' (did you mean 'level'?)",
                "job.yaml:8:34: error: 'level' is 1 to 19, not 20",
                "job.yaml:9:25: error: duplicate key 'archive' (first on line 9)",
                "--set limits.worker: error: unknown key 'worker' (did you mean 'workers'?)",
            ])
    }

    @Test func `a warning does not keep a job from running`() throws {
        let text = sealJob + "\nkey: { context: { date: 2024-11-23 } }"
        let (job, diagnostics) = JobFile.load(text: text, path: "job.yaml")
        #expect(job != nil)
        #expect(diagnostics.map(\.severity) == [.warning])
        #expect(diagnostics.map(\.code) == [.volatileContext])
    }

    @Test func `a file is read with a byte order mark and any line ends`() throws {
        let expected = try job(sealJob)
        let lines = sealJob.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(try job("\u{feff}" + lines.joined(separator: "\r\n")) == expected)
    }

    @Test func `what is no text at all is refused`() {
        #expect(places("") == ["1:1 syntax"])
        #expect(places("# nothing\n") == ["1:1 syntax"])
        #expect(places("--- text\n") == ["1:5 wrong-type"])
        #expect(places("a: \u{7}") == ["1:4 encoding"])
        let bytes: [UInt8] = Array("a: 1\nb: ".utf8) + [0xc3, 0x28]
        let found = JobFile.load(text: bytes, path: "job.yaml").diagnostics
        #expect(found.map(\.description) == ["job.yaml:2:4: error: not UTF-8"])
        let large = [UInt8](repeating: UInt8(ascii: "#"), count: JobFile.byteLimit + 1)
        #expect(JobFile.load(text: large, path: "job.yaml").diagnostics.map(\.code) == [.tooLarge])
    }
}
