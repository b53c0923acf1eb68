import Foundation
import Testing

@testable import Jobs

/// The repository's own files.
enum Pipelines {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static var files: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(
                atPath: root.appendingPathComponent("pipelines").path
            ).sorted()
        }
    }

    static func text(_ file: String) throws -> String {
        let path = root.appendingPathComponent("pipelines").appendingPathComponent(file)
        return String(decoding: try Data(contentsOf: path), as: UTF8.self)
    }
}

@Suite struct JobDocumentTests {
    @Test func `every file in pipelines is a job without a complaint`() throws {
        let files = try Pipelines.files
        #expect(
            ["drill.yaml", "nightly.yaml", "profile.yaml", "restore.yaml"].allSatisfy(
                files.contains))
        for file in files {
            let (job, diagnostics) = JobFile.load(
                text: try Pipelines.text(file), path: "pipelines/\(file)")
            #expect(diagnostics == [])
            let read = try #require(job)
            #expect(JobFile.load(text: read.yaml, path: "job.yaml").job == read)
        }
    }

    @Test func `what the nightly job reads is there`() throws {
        let root = Pipelines.root.path
        let job = try job(
            try Pipelines.text("nightly.yaml"), path: "\(root)/pipelines/nightly.yaml")
        guard case .paths(let sources, _, _) = job.input else {
            Issue.record("the nightly job reads paths")
            return
        }
        #expect(sources.map(\.name) == ["orders"])
        #expect(sources.allSatisfy { FileManager.default.fileExists(atPath: $0.path) })
    }

    @Test func `the reference page holds the table of every key`() throws {
        let path = Pipelines.root.appendingPathComponent("docs/job-file.md")
        let page = String(decoding: try Data(contentsOf: path), as: UTF8.self)
        #expect(page.contains(JobReference.table), "paste this:\n\(JobReference.table)")
    }

    @Test func `the reference page explains every code`() throws {
        let path = Pipelines.root.appendingPathComponent("docs/job-file.md")
        let page = String(decoding: try Data(contentsOf: path), as: UTF8.self)
        for code in Diagnostic.Code.allCases { #expect(page.contains("`\(code.rawValue)`")) }
    }

    @Test func `every example of the reference page is a job, or a piece of one`() throws {
        let path = Pipelines.root.appendingPathComponent("docs/job-file.md")
        let page = String(decoding: try Data(contentsOf: path), as: UTF8.self)
        let examples = page.components(separatedBy: "```yaml\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        #expect(examples.count > 10)
        for example in examples {
            // What an example leaves out is filled in, so that it can be checked.
            var text = example
            for line in ["version: 1", "name: example", "input: stdin", "output: discard"]
            where !("\n" + text).contains("\n" + line.prefix { $0 != ":" } + ":") {
                text += line + "\n"
            }
            let (job, diagnostics) = JobFile.load(text: text, path: "job.yaml")
            #expect(job != nil && diagnostics.isEmpty, "\(diagnostics)\n\(text)")
        }
    }
}
