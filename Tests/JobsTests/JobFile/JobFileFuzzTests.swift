import Foundation
import TestSupport
import Testing

@testable import Jobs

/// Whatever a job file holds, reading it ends, with a job or with errors, never with both or none.
@Suite struct JobFileFuzzTests {
    private static let seeds: [String] = [
        sealJob,
        """
        version: 1
        name: all-of-it
        variables: { A: x, B: { default: 3 }, C: }
        key: { service: "https://kms.example.com", region: eu-2, id: [default], context: { a: "${A}" } }
        input: { paths: [{ path: "../${C:-data}", as: d }, /x], exclude: ["**/*.tmp", '[a-z]?'] }
        stages: [chunk: { size: 8MiB }, compress: { codec: zstd, level: "${B}" }, encrypt]
        output: { archive: "s$${x}" }
        limits: { workers: 4 }
        report: { metrics: "${A}.prom" }
        """,
        "version: 1\nname: r\ninput: { archive: s, select: [a] }\nstages: [decrypt, decompress]\n"
            + "output:\n  directory: |\n    d\n  overwrite: >-\n    replace\n",
    ]

    private static let words: [[UInt8]] = [
        "&a ", "*a", "<<: ", "!!str ", "---\n", "\t", "${", "}", "${A:-", "$${", "? ", ": ", "- ",
        "{", "[", "]", "\"", "'", "|\n", "#", "\n\n", "version: 1\n", "stages:", "decrypt",
        "\u{feff}",
        "\u{e000}", "%YAML 1.2\n", "null", "~", "9999999999999999999", "MiB", "e\u{301}", "\\",
        "\r",
    ].map { Array($0.utf8) }

    private func check(_ text: [UInt8], settings: [String] = []) {
        let (job, diagnostics) = JobFile.load(
            text: text, path: "job.yaml", settings: settings, environment: ["C": "y"])
        let hasErrors = diagnostics.contains { $0.severity == .error }
        let shown = String(decoding: text, as: UTF8.self)
        #expect((job == nil) == hasErrors, "\(shown)")
        #expect(
            diagnostics.allSatisfy { diagnostic in
                !diagnostic.description.utf8.contains(UInt8(ascii: "\n"))
            }, "\(shown)")
        if let job {
            #expect(JobFile.load(text: job.yaml, path: "job.yaml").job == job, "\(shown)")
        }
    }

    @Test func `every prefix of a job file is read`() {
        for seed in Self.seeds {
            let bytes = Array(seed.utf8)
            for length in 0...bytes.count { check(Array(bytes[..<length])) }
        }
    }

    @Test func `every single bit flip of a job file is read`() {
        let bytes = Array(sealJob.utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << bit
                check(flipped)
            }
        }
    }

    @Test func `mutated job files are read`() {
        var random = SeededGenerator(seed: 1)
        for _ in rounds(2000) {
            var bytes = Array((Self.seeds.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
            check(bytes)
        }
    }

    @Test func `mutated settings are read`() {
        var random = SeededGenerator(seed: 2)
        let seeds = ["stages[1].compress.level=9", "key.context[\"a\"]=x", "input={stdin: {}}"]
        for _ in rounds(1000) {
            var bytes = Array((seeds.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&bytes, &random) }
            check(Array(sealJob.utf8), settings: [String(decoding: bytes, as: UTF8.self)])
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        let end = min(bytes.count, at + Int.random(in: 0...12, using: &random))
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.removeSubrange(at..<end)
        case 1: bytes.insert(contentsOf: Self.words.randomElement(using: &random) ?? [], at: at)
        case 2:
            bytes.insert(
                contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &random))
        case 3: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
        default:
            bytes.replaceSubrange(at..<end, with: Self.words.randomElement(using: &random) ?? [])
        }
    }
}
