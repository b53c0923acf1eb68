import Testing

@testable import Jobs

@Suite struct ShapeCheckTests {
    @Test(arguments: [
        ("nmae: x", "unknown key 'nmae' (did you mean 'name'?)"),
        ("Version: 1", "unknown key 'Version' (did you mean 'version'?)"),
        ("outputs: x", "unknown key 'outputs' (did you mean 'output'?)"),
        ("limits: { wrokers: 2 }", "unknown key 'wrokers' (did you mean 'workers'?)"),
        ("report: { metrisc: a.prom }", "unknown key 'metrisc' (did you mean 'metrics'?)"),
        ("report: { log: a.prom }", "unknown key 'log' (known here: metrics, evidence)"),
        ("reprot: {}", "unknown key 'reprot' (did you mean 'report'?)"),
        ("limits: { memory: 2 }", "unknown key 'memory' (known here: workers)"),
        (
            "key: { arn: x }",
            "unknown key 'arn' (known here: service, region, id, context, restore_profile)"
        ),
        ("variables: { A: { defualt: 1 } }", "unknown key 'defualt' (did you mean 'default'?)"),
    ])
    func `an unknown key is refused, with the nearest name`(line: String, message: String) {
        #expect(messages(sealJob + "\n" + line).contains { $0.hasSuffix(": error: " + message) })
    }

    @Test(arguments: [
        ("stages: [{ compres: {} }]", "unknown key 'compres' (did you mean 'compress'?)"),
        ("stages: [compres]", "'compres' is not a stage (did you mean 'compress'?)"),
        (
            "stages: [gzip]",
            "'gzip' is not a stage (known here: chunk, compress, encrypt, decrypt, "
        ),
        ("stages: [{ decrypt: { level: 1 } }]", "unknown key 'level' (no key is known here)"),
        ("input: stdn", "'stdn' is not an input (did you mean 'stdin'?)"),
        ("input: paths", "'paths' needs a list (write 'paths: …')"),
        ("input: { stdin: {}, exclude: [a] }", "'exclude' goes with 'paths', not with 'stdin'"),
        ("input: { archive: a, name: b }", "'name' goes with 'command', not with 'archive'"),
        ("input: { paths: [a], oneFileSystem: true }", "(did you mean 'one_file_system'?)"),
        ("input: { paths: [{ path: a, az: b }] }", "unknown key 'az' (did you mean 'as'?)"),
        ("output: { discrad: {} }", "unknown key 'discrad' (did you mean 'discard'?)"),
        (
            "output: { discard: {}, overwrite: replace }",
            "goes with 'directory', not with 'discard'"
        ),
    ])
    func `a misspelled choice is refused, with the nearest name`(line: String, message: String) {
        let kept = ["version: 1", "name: n", "input: stdin", "stages: []", "output: discard"]
            .filter { !line.hasPrefix($0.prefix { $0 != ":" }) }
        let found = messages((kept + [line]).joined(separator: "\n"))
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }

    @Test(arguments: ["version", "name", "input", "output"])
    func `a required key that is missing is named`(key: String) {
        let all = ["version: 1", "name: n", "input: stdin", "output: discard"]
        let text = all.filter { !$0.hasPrefix(key) }.joined(separator: "\n")
        #expect(messages(text) == ["job.yaml:1:1: error: a job needs '\(key)'"])
    }

    @Test(arguments: [
        ("{}", "{}"), ("{ exclude: [a] }", "{ overwrite: refuse }"),
        ("{ paths: [a], stdin: {} }", "{ discard: {}, stdout: {} }"),
    ])
    func `there is exactly one input and one output`(input: String, output: String) {
        let text = jobText(input: input, stages: "[encrypt]", output: output)
        let codes = JobFile.load(text: text, path: "job.yaml").diagnostics.map(\.code)
        #expect(codes == [.exactlyOne, .exactlyOne])
    }

    @Test func `a stage has one key`() {
        let text = jobText(
            input: "stdin", stages: "[{ compress: {}, encrypt: {} }]", output: "discard")
        #expect(
            messages(text) == [
                "job.yaml:4:26: error: a stage is exactly one of chunk, compress, encrypt, decrypt, "
                    + "decompress, verify: 'compress' is there already "
                    + "(begin a new item: '- encrypt')"
            ])
        #expect(
            places(jobText(input: "stdin", stages: "[{}]", output: "discard"))
                == ["4:10 exactly-one"])
    }

    @Test(arguments: [
        ("version: \"1\"", "'version' must be 1, not text"),
        ("version: 1.0", "'version' must be 1, not a number"),
        ("version: [1]", "'version' must be 1, not a list"),
        ("name: 5", "'name' must be a name, not a whole number (put it in quotes)"),
        ("name: true", "'name' must be a name, not a boolean (put it in quotes)"),
        ("name:", "'name' must be a name, not nothing"),
        ("name: {}", "'name' must be a name, not a map"),
        ("name: Nightly", "a name has 1 to 64 of a-z, 0-9 and '-', and does not begin with '-'"),
        ("name: -a", "a name has 1 to 64 of a-z, 0-9 and '-', and does not begin with '-'"),
        ("name: \"\"", "a name is not empty"),
        ("limits: 3", "'limits' must be a map, not a whole number"),
        ("limits: { workers: 0 }", "'workers' is 1 to 128, not 0"),
        ("report: { metrics: a.txt }", "'a.txt' does not end in '.prom' (the textfile collector"),
        ("report: { metrics: ~/a.prom }", "'~' does not mean the home folder here"),
        ("report: { metrics: [] }", "'metrics' must be a path ending in '.prom'"),
        ("limits: { workers: \"2\" }", "'workers' must be a whole number from 1 to 128, not text"),
        ("limits: { workers: 2.0 }", "must be a whole number from 1 to 128, not a number"),
        ("limits: { workers: 99999999999999999999 }", "must be a whole number from 1 to 128"),
        ("input: [stdin]", "'input' must be a map, not a list"),
        ("input: { paths: data }", "'paths' must be a list, not text (write [data])"),
        ("input: { paths: [] }", "'paths' is empty (leave it out)"),
        ("input: { paths: [5] }", "'an item of paths' must be a path, not a whole number"),
        ("input: { paths: [\"\"] }", "a path is not empty"),
        ("input: { paths: [\"a\\0b\"] }", "a path holds no NUL byte"),
        ("input: { paths: [~/data] }", "'~' does not mean the home folder here"),
        ("input: { paths: [..] }", "'..' ends in no name (write { path: .., as: NAME })"),
        ("input: { paths: [/] }", "'/' ends in no name"),
        ("input: { paths: [{ as: x }] }", "'an item of paths' needs 'path'"),
        ("input: { paths: [{ path: a, as: b/c }] }", "a name in the archive is one component"),
        ("input: { paths: [a], exclude: [\"!a\"] }", "a pattern that begins with '!'"),
        ("input: { paths: [a], exclude: [\"[a\"] }", "'[a' has a '[' that is not closed"),
        ("input: { paths: [a], one_file_system: yes }", "must be true or false, not text"),
        ("input: { command: pg_dump shop }", "'command' must be a list, not text"),
        ("input: { command: [\"\"] }", "'' names no program"),
        ("input: { stdin: dump.sql }", "'stdin' must be a map, not text"),
        ("input: { stdin: { name: .. } }", "a name in the archive is one component"),
        ("stages: encrypt", "'stages' must be a list, not text (write [encrypt])"),
        ("stages: [[encrypt]]", "'an item of stages' must be a map, not a list"),
        ("stages: [{ compress: { codec: gzip } }]", "'codec' must be 'zstd', not 'gzip'"),
        ("stages: [{ compress: { level: high } }]", "must be a whole number from 1 to 19"),
        ("stages: [{ compress: { level: 0x3 } }]", "must be a whole number from 1 to 19"),
        ("output: {}", "an output is exactly one of archive, directory, stdout, discard"),
        ("output: { discard: no }", "'discard' must be a map, not text"),
        ("key: { service: embeded }", "a service is 'embedded' or an https:// URL (did you mean"),
        ("key: { service: kms.example.com }", "a service is 'embedded' or an https:// URL (for"),
        ("key: { service: https:// }", "a service is 'embedded' or an https:// URL"),
        ("key: { service: http://kms.example.com, region: a }", "is reached by https:// only"),
        ("key: { service: https://kms.example.com }", "a service with a URL needs a 'region'"),
        ("key: { service: embedded, region: eu }", "the embedded service has no region"),
        ("key: { service: https://x.example, region: EU }", "a region has only a-z, 0-9 and '-'"),
        ("key: { id: my-key }", "'my-key' names no key (a key id is a UUID; 'default' is"),
        ("key: { id: defualt }", "'defualt' names no key (did you mean 'default'?)"),
        ("key: { id: [default, alias/okms/default] }", "'alias/okms/default' is there twice"),
        ("key: { id: [] }", "'id' is empty (leave it out)"),
        ("key: { context: { a: 1 } }", "'a' must be text, not a whole number (put it in quotes)"),
        ("key: { context: { \"\": a } }", "a context key is not empty"),
        ("key: { context: { aws-crypto-public-key: a } }", "keys beginning with 'aws-crypto-' are"),
        (
            "key: { context: { sealpipe-archive: a } }",
            "keys beginning with 'sealpipe-' are reserved"
        ),
        ("variables: { 1A: x }", "a variable's name has letters, digits and '_'"),
        ("variables: { A: [x] }", "'A' must be a single value or a map, not a list"),
    ])
    func `a value of the wrong kind is refused`(line: String, message: String) {
        let kept = ["version: 1", "name: n", "input: stdin", "stages: []", "output: discard"]
            .filter { !line.hasPrefix($0.prefix { $0 != ":" }) }
        let found = messages((kept + [line]).joined(separator: "\n"))
        #expect(
            found.contains { $0.contains("error: " + message) || $0.contains(message) }, "\(found)")
        #expect(found.count == 1 || line.hasPrefix("variables"), "\(found)")
    }

    @Test(arguments: [
        ("chunk: { size: 4 }", "a size needs a unit (write 4MiB or 4KiB)", "invalid-size"),
        ("chunk: { size: 4M }", "'4M' has no known unit (did you mean '4MiB'?)", "invalid-size"),
        (
            "chunk: { size: 4 MiB }", "'4 MiB' has no known unit (did you mean '4MiB'?)",
            "invalid-size"
        ),
        (
            "chunk: { size: 4mib }", "'4mib' has no known unit (did you mean '4MiB'?)",
            "invalid-size"
        ),
        ("chunk: { size: big }", "'big' is not a size (write it like 4MiB)", "invalid-size"),
        ("chunk: { size: -4MiB }", "'-4MiB' is not a size (write it like 4MiB)", "invalid-size"),
        ("chunk: { size: }", "'size' must be a size such as 4MiB, not nothing", "wrong-type"),
        ("chunk: { size: 63KiB }", "'size' is 64KiB to 64MiB, not 63KiB", "out-of-range"),
        ("chunk: { size: 65MiB }", "'size' is 64KiB to 64MiB, not 65MiB", "out-of-range"),
        ("chunk: { size: 99999999999999999999GiB }", "'size' is 64KiB to 64MiB", "out-of-range"),
        ("chunk: { size: 9999999TiB }", "'size' is 64KiB to 64MiB", "out-of-range"),
        ("encrypt: { frame: 4kB }", "'frame' is 4KiB to 64MiB, not 4kB", "out-of-range"),
        ("encrypt: { part: 5GiB }", "'part' is 4KiB to 4GiB, not 5GiB", "out-of-range"),
        (
            "encrypt: { frame: 16MiB, part: 8MiB }", "a part of 8MiB cannot hold a frame of 16MiB",
            "out-of-range"
        ),
        ("encrypt: { part: 1MiB }", "a part of 1MiB cannot hold a chunk of 2MiB", "out-of-range"),
    ])
    func `an impossible size is refused`(stage: String, message: String, code: String) {
        let text = jobText(input: "stdin", stages: "[{ \(stage) }]", output: "discard")
        #expect(messages(text).first?.contains(message) == true, "\(messages(text))")
        #expect(places(text).map { $0.hasSuffix(" " + code) } == [true])
    }

    @Test func `chunks of all workers fit into the memory bound`() throws {
        let text = jobText(
            input: "stdin", stages: "[{ chunk: { size: 64MiB } }, encrypt]", output: "discard",
            more: "limits: { workers: 64 }")
        #expect(try job(text).limits.workers == 64)
        #expect(
            messages(text.replacing("64 }", with: "65 }")) == [
                "job.yaml:4:27: error: 65 workers with chunks of 64MiB need more than 4GiB "
                    + "(smaller chunks or fewer workers)"
            ])
    }

    @Test func `two sources do not share a name`() throws {
        let text = jobText(input: "{ paths: [a/x, b/x/] }", stages: "[]", output: "discard")
        #expect(
            messages(text) == [
                "job.yaml:3:23: error: the source on line 3 is called 'x' in the archive too "
                    + "(write { path: b/x/, as: OTHER_NAME })"
            ])
        let named = text.replacing("b/x/", with: "{ path: b/x, as: y }")
        #expect(
            try job(named).input
                == .paths([Source(path: "a/x", name: "x"), Source(path: "b/x", name: "y")]))
    }

    @Test func `a context has a limit`() {
        let text = sealJob + "\nkey: { context: { a: \(String(repeating: "x", count: 8000)) } }"
        #expect(places(text) == ["11:17 out-of-range"])
    }

    @Test func `a message stays on one line`() {
        let text = sealJob.replacing("compress:", with: "\"comp\\nress\":")
        #expect(messages(text).first?.contains("unknown key 'comp\\nress'") == true)
    }
}
