import Foundation
import Testing

@testable import Jobs

@Suite struct JobSchemaTests {
    static let hasValidator = run("import jsonschema", with: [:]) == ""

    /// What Python prints; nil where it cannot be run or fails.
    private static func run(_ program: String, with files: [String: String]) -> String? {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("sealpipe-schema-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (name, text) in files {
                try Data(text.utf8).write(to: folder.appendingPathComponent(name))
            }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["python3", "-W", "ignore", "-c", program]
            process.currentDirectoryURL = folder
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let data = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { return nil }
            return String(decoding: data, as: UTF8.self)
        } catch {
            return nil
        }
    }

    /// A job file as JSON, by the types of the core schema.
    private func json(_ text: String) throws -> String {
        var findings = Findings()
        let node = try #require(YAMLReader.read(text, &findings))
        func value(_ node: JobNode) -> JSONText {
            switch node.kind {
            case .list(let items): return .list(items.map(value))
            case .map(let entries): return .object(entries.map { ($0.key, value($0.value)) })
            case .unknown: return .string("?")
            case .scalar(let scalar):
                if let number = scalar.integer { return .number(number) }
                if let flag = scalar.boolean { return .boolean(flag) }
                return scalar.type == .null ? .object([]) : .string(scalar.text)
            }
        }
        return value(node).text()
    }

    @Test func `the schema is JSON and names its draft`() throws {
        let object = try JSONSerialization.jsonObject(with: Data(JobSchema.text.utf8))
        let schema = try #require(object as? [String: Any])
        #expect(schema["$schema"] as? String == "http://json-schema.org/draft-07/schema#")
        #expect(schema["required"] as? [String] == ["version", "name", "input", "output"])
        let properties = try #require(schema["properties"] as? [String: Any])
        #expect(properties.count == JobDescription.root.count)
        #expect(JobSchema.text == JobSchema.text)
    }

    private static let sealing = [
        ("{ paths: [a, { path: b, as: c }], exclude: [x], one_file_system: true }", true),
        ("stdin", true), ("{ stdin: {} }", true), ("{ stdin: { name: a } }", true),
        ("{ command: [a], name: b }", true), ("{ paths: [] }", false), ("paths", false),
        ("{ stdin: {}, paths: [a] }", false), ("{ stdin: {}, exclude: [a] }", false),
        ("{ path: a }", false), ("{ paths: a }", false), ("{ paths: [5] }", false),
        ("{ paths: [{ as: a }] }", false), ("{}", false), ("{ stdin: { name: a/b } }", false),
    ]

    private static let stages = [
        ("[chunk, compress, encrypt]", true), ("[{ chunk: { size: 64KiB } }]", true),
        ("[{ compress: { codec: zstd, level: 19 } }]", true), ("[{ compress: {} }]", true),
        ("[{ compress: { level: 20 } }]", false), ("[{ compress: { levle: 1 } }]", false),
        ("[{ compress: { codec: gzip } }]", false), ("[{ chunk: { size: 4 } }]", false),
        ("[{ chunk: { size: 4mib } }]", false), ("[zip]", false), ("encrypt", false),
        ("[{ compress: {}, encrypt: {} }]", false),
    ]

    @Test(.enabled(if: hasValidator, "python3 with jsonschema is not here"))
    func `schema and parser agree`() throws {
        var texts: [(text: String, isValid: Bool)] = []
        for (input, isValid) in Self.sealing {
            texts.append((jobText(input: input, stages: "[encrypt]", output: "discard"), isValid))
        }
        for (stages, isValid) in Self.stages {
            texts.append((jobText(input: "stdin", stages: stages, output: "discard"), isValid))
        }
        let more = [
            ("key: {}", true), ("key: { id: [default], context: { a: b } }", true),
            ("key: { service: https://a.b, region: eu }", true), ("limits: { workers: 3 }", true),
            ("key: { id: 5 }", false), ("key: { service: ftp://a }", false),
            ("limits: { workers: 0 }", false), ("report: { metrics: a/b.prom }", true),
            ("report: {}", true), ("report: { metrics: a.txt }", false),
            ("report: { metric: a.prom }", false), ("limits: { worker: 1 }", false),
            ("x: 1", false),
            ("key: { context: { a: 1 } }", false), ("variables: { 1a: x }", false),
        ]
        for (line, isValid) in more {
            texts.append(
                (jobText(input: "stdin", stages: "[]", output: "stdout", more: line), isValid))
        }
        texts.append((JobDutiesTests.expecting, true))
        texts.append((JobDutiesTests.expecting.replacing("20%", with: "20"), false))
        texts.append((JobDutiesTests.expecting.replacing("min_entries", with: "entries"), false))
        texts.append((JobDutiesTests.drill, true))
        texts.append((JobDutiesTests.drill.replacing("5%", with: "half"), false))
        texts.append((JobDutiesTests.drill.replacing(".json", with: ".txt"), false))
        texts.append((sealJob.replacing("version: 1", with: "version: 2"), false))
        texts.append((sealJob.replacing("nightly", with: "Nightly"), false))
        texts.append((sealJob.replacing("level: 3", with: "level: \"${L}\""), true))
        for (text, isValid) in texts where !text.contains("${") {
            let isJob = JobFile.load(text: text, path: "job.yaml").job != nil
            #expect(isJob == isValid, "\(text)")
        }
        try validate(texts)
    }

    @Test(.enabled(if: hasValidator, "python3 with jsonschema is not here"))
    func `the schema accepts the pipelines`() throws {
        let texts = try Pipelines.files.map { (text: try Pipelines.text($0), isValid: true) }
        try validate(texts)
    }

    private func validate(_ texts: [(text: String, isValid: Bool)]) throws {
        var files = ["schema.json": JobSchema.text]
        for (index, text) in texts.enumerated() { files["\(index).json"] = try json(text.text) }
        let program = """
            import json, jsonschema
            schema = json.load(open("schema.json"))
            jsonschema.Draft7Validator.check_schema(schema)
            validator = jsonschema.Draft7Validator(schema)
            for i in range(\(texts.count)):
                print("yes" if validator.is_valid(json.load(open(f"{i}.json"))) else "no")
            """
        let answers = try #require(Self.run(program, with: files)).split(separator: "\n")
        try #require(answers.count == texts.count)
        for (answer, text) in zip(answers, texts) {
            #expect((answer == "yes") == text.isValid, "\(text.text)")
        }
    }
}
