import OKMS
import Testing

@testable import Jobs

@Suite struct SettingTests {
    @Test(arguments: [
        "stages[1].compress.level=9", "stages.compress.level=9",
        "stages[1]={ compress: { level: 9 } }",
        "stages=[chunk, compress: { level: 9 }, encrypt]",
    ])
    func `a setting replaces a value`(setting: String) throws {
        #expect(try job(sealJob, settings: [setting]).stages.compression?.level == 9)
    }

    @Test func `settings add and replace, the last one wins`() throws {
        let job = try job(
            sealJob, path: "jobs/job.yaml",
            settings: [
                "name=other", "key.context.environment=test", "key.context[\"a.b\"]=5",
                "limits.workers=2", "limits.workers=3", "input.exclude[0]=*.tmp",
                "input.exclude[1]=*.bak", "input.paths[1]=more", "output.archive=/x=y",
            ])
        #expect(job.name == "other")
        #expect(job.key.context.description == "a.b=5, environment=test")
        #expect(job.limits.workers == 3)
        #expect(job.output == .archive(path: "/x=y"))
        let sources = ["data", "more"].map { Source(path: "jobs/\($0)", name: $0) }
        #expect(
            job.input == .paths(sources, exclude: [try Glob("*.tmp"), try Glob("*.bak")]))
    }

    @Test func `a bare word takes settings`() throws {
        let text = jobText(input: "stdin", stages: "[compress, encrypt]", output: "stdout")
        let job = try job(
            text,
            settings: [
                "stages[0].compress.level=9", "stages.encrypt.frame=64KiB", "input.stdin.name=x",
            ])
        #expect(job.stages.compression?.level == 9)
        #expect(job.stages.encryption?.frameByteCount == 65_536)
        #expect(job.input == .stdin(name: "x"))
    }

    @Test(arguments: [
        ("stages[1].compress.levle=9", "unknown key 'levle' (did you mean 'level'?)"),
        ("outptu.archive=x", "unknown key 'outptu' (did you mean 'output'?)"),
        (
            "stages.compres.level=9",
            "no item of 'stages' is called 'compres' (did you mean 'compress'?)"
        ),
        ("stages[1].compress.level=99", "'level' is 1 to 19, not 99"),
        ("stages[1].compress.level=high", "'level' must be a whole number from 1 to 19, not text"),
        ("stages[1].compress.level=", "'level' must be a whole number from 1 to 19, not text"),
        ("stages[0].chunk.size=4", "a size needs a unit (write 4MiB or 4KiB)"),
        ("stages[7].compress.level=9", "'stages' has 3 items, counted from 0"),
        ("stages[0].compress.level=9", "a stage is exactly one of"),
        ("input[0]=x", "'input' is a map, not a list"),
        (
            "name.first=x",
            "'name' is text, so nothing in it can be set (to replace it, write 'name={first: …}')"
        ),
        ("output.discard={}", "an output is exactly one of"),
        ("stages=[", "a value is missing here"),
        ("name", "a setting is path=value (for example stages[1].compress.level=9)"),
        ("=x", "a setting is path=value"), ("a..b=x", "a setting is path=value"),
        ("a[b]=x", "a setting is path=value"), ("a[\"b=x", "a setting is path=value"),
        ("", "a setting is path=value"),
        ("name=${A}", "variable 'A' is not declared under 'variables'"),
        ("key.password=x", "'password': no secret may stand in a job file"),
        ("key.context.a=\u{feff}x", "text does not begin with a byte order mark"),
        ("variables.A=x", "variable 'A' is declared but not used"),
    ])
    func `a setting is checked like the file`(setting: String, message: String) {
        let path = setting.prefix { $0 != "=" }
        let found = messages(sealJob, settings: [setting])
        #expect(found.contains { $0.hasPrefix("--set \(path): error: \(message)") }, "\(found)")
    }

    @Test func `diagnostics do not repeat the value, which may be a secret`() {
        let found = messages(
            sealJob, settings: ["key.password=hunter2", "key.token=\u{301}hunter2", "token"])
        #expect(found.count == 3)
        #expect(found.allSatisfy { !$0.contains("hunter2") })
    }

    @Test func `a path without end is refused`() {
        let path = Array(repeating: "a", count: 50_000).joined(separator: ".")
        #expect(places(sealJob, settings: [path + "=x"]) == ["invalid-setting"])
    }

    @Test func `a setting of the wrong stage says how to reach the right one`() {
        #expect(
            messages(sealJob, settings: ["stages[0].compress.level=9"]).first?.hasSuffix(
                "'chunk' is there already (that stage is reached by stages.compress)") == true)
    }

    @Test func `a variable whose use is set otherwise is used`() throws {
        let text = """
            version: 1
            name: n
            variables: { LEVEL: 3, OTHER: x }
            input: stdin
            stages: [compress: { level: "${LEVEL:-4}" }]
            output: discard
            """
        let found = messages(text, settings: ["stages.compress.level=9"])
        #expect(found.count == 1 && found[0].contains("'OTHER' is declared but not used"))
    }

    @Test func `a setting may name what the file lacks`() throws {
        let text = "version: 1\nname: n\ninput: stdin\n"
        #expect(try job(text, settings: ["output=discard"]).output == .discard)
        #expect(
            try job(text, settings: ["output.stdout={}", "stages[0]=encrypt"]).stages.encryption
                == .init())
        #expect(
            try job(text, settings: ["output={archive: s}", "stages=[encrypt]"]).output
                == .archive(path: "s"))
    }
}
