import OKMS
import Testing

@testable import Jobs

@Suite struct VariablesTests {
    private func text(_ value: String, _ variables: String) -> String {
        """
        version: 1
        name: n
        variables: \(variables)
        input:
          stdin:
            name: \(value)
        output: discard
        """
    }

    private func name(
        _ value: String, _ variables: String, settings: [String] = [],
        environment: [String: String] = [:]
    ) throws -> String {
        let job = try job(
            text(value, variables), settings: settings, environment: environment)
        guard case .stdin(let name) = job.input else { return "" }
        return name
    }

    @Test(arguments: [
        ("${A}", "{ A: x }", "x"), ("a-${A}-${A}b", "{ A: x }", "a-x-xb"),
        ("${A}", "{ A: { default: x } }", "x"), ("\"${A}\"", "{ A: 5 }", "5"),
        ("${A:-y}", "{ A: }", "y"), ("${A:-y}", "{ A: x }", "x"), ("${A:-y}", "{ A: \"\" }", "y"),
        ("x${A:-}", "{ A: null }", "x"), ("${A:-a:-b}", "{ A: {} }", "a:-b"),
        ("${A:?needed}", "{ A: x }", "x"), ("$${A}${A}", "{ A: x }", "${A}x"),
        ("$$${A}", "{}", "$${A}"), ("$A$$A$${A}", "{}", "$A$$A${A}"), ("$", "{}", "$"),
        ("${A}", "{ A: \"${B}\" }", "${B}"), ("${A}", "{ A: true }", "true"),
    ])
    func `variables are replaced in values`(value: String, variables: String, expected: String)
        throws
    {
        #expect(try name(value, variables) == expected)
    }

    @Test func `a setting wins over the environment, the environment over the default`() throws {
        let variables = "{ A: file }"
        #expect(try name("${A}", variables) == "file")
        #expect(try name("${A}", variables, environment: ["A": "env"]) == "env")
        #expect(
            try name(
                "${A}", variables, settings: ["variables.A=set"], environment: ["A": "env"])
                == "set")
        #expect(
            try name(
                "${A}", "{ A: { default: x } }", settings: ["variables.A.default=set"],
                environment: ["A": "env"]) == "set")
    }

    @Test func `a value from a variable takes the type that is wanted`() throws {
        let text = """
            version: 1
            name: n
            variables: { LEVEL: 9, SIZE: 8MiB, ONE: "true", WHERE: /data, NUMBER: 5 }
            input: { paths: ["${WHERE}"], one_file_system: "${ONE}" }
            key: { context: { number: "${NUMBER}" } }
            stages: [chunk: { size: "${SIZE}" }, compress: { level: "${LEVEL}" }]
            output: discard
            """
        let job = try job(text)
        #expect(job.stages == Stages(chunkByteCount: 8 << 20, compression: .init(level: 9)))
        #expect(
            job.input == .paths([Source(path: "/data", name: "data")], oneFileSystem: true))
        #expect(job.key.context == (try EncryptionContext([("number", "5")])))
        #expect(
            messages(text, environment: ["LEVEL": "fast"]) == [
                "job.yaml:6:57: error: 'level' must be a whole number from 1 to 19, not text"
            ])
    }

    @Test(arguments: [
        ("${A", "{ A: x }", "variable-syntax"), ("${}", "{}", "variable-syntax"),
        ("${A:b}", "{ A: x }", "variable-syntax"), ("${A-b}", "{ A: x }", "variable-syntax"),
        ("${A b}", "{ A: x }", "variable-syntax"), ("${1}", "{}", "variable-syntax"),
        ("${A:-${B}}", "{ A: x, B: y }", "variable-syntax"),
        ("${B}", "{}", "unknown-variable"), ("${A}", "{ A: }", "undefined-variable"),
        ("${A:?}", "{ A: \"\" }", "undefined-variable"),
        ("x", "{ A: x }", "unused-variable"),
    ])
    func `what cannot be replaced is refused`(value: String, variables: String, code: String) {
        let found = places(text("\"\(value)\"", variables), environment: ["B": "outside"])
        #expect(found.contains { $0.hasSuffix(" " + code) }, "\(found)")
    }

    @Test func `the messages say what to do`() {
        #expect(
            messages(text("\"${A:b}\"", "{ A: x }")).first
                == "job.yaml:6:11: error: '${A:b}' is not understood "
                + "(for a default write '${A:-b}')")
        #expect(
            messages(text("${SUORCE}", "{ SOURCE: x }")).last
                == "job.yaml:6:11: error: variable 'SUORCE' is not declared under 'variables' "
                + "(did you mean 'SOURCE'?)")
        #expect(
            messages(text("${A:?name the dump}", "{ A: }"))
                == ["job.yaml:6:11: error: variable 'A' has no value: name the dump"])
    }

    @Test func `a value is never read as YAML`() throws {
        let hostile = "x\noutput: { archive: /etc }\n#, ] } : ${A} $${B}"
        let text = jobText(
            input: "{ command: [cat, \"${A}\"] }", stages: "[]", output: "discard",
            more: "variables: { A: }")
        #expect(
            try job(text, environment: ["A": hostile]).input
                == .command(arguments: ["cat", hostile], name: "cat"))
    }

    @Test func `only declared names are looked up, and keys are left alone`() {
        #expect(
            places(text("${HOME}", "{}"), environment: ["HOME": "/root"]) == [
                "6:11 unknown-variable"
            ])
        let keyed = sealJob + "\nkey: { context: { \"${A}\": b } }"
        #expect(places(keyed) == ["11:19 variable-syntax"])
    }

    @Test func `escaping is undone by reading`() throws {
        for text in ["${A}", "$${A}", "$$${A}", "$", "a$b{c}", "$${", "{$}"] {
            #expect(
                try Template(Template.escaping(text)).parts.map { part in
                    if case .text(let text) = part { text } else { "variable" }
                }.joined() == text)
        }
    }
}
