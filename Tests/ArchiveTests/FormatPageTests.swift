import Foundation
import LibCrypto
import Testing

@testable import Archive

/// What the pages on the formats show is what the code reads and writes.
@Suite struct FormatPageTests {
    private static func page(_ name: String) throws -> [Substring] {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(
            contentsOf: root.appendingPathComponent("docs/formats/\(name)"), encoding: .utf8
        )
        .split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test func `every line that the page on the catalog shows is a record, as it is written`()
        throws
    {
        let lines = try Self.page("catalog.md").filter { $0.hasPrefix("    {") }
            .map { bytes(String($0.dropFirst(4))) }
        #expect(lines.count == 12)
        var kinds: Set<String> = []
        var entries: [Entry.Kind] = []
        for line in lines {
            let shown = String(decoding: line, as: UTF8.self)
            let record = try #require(CatalogLine.parse(line, in: 0..<line.count), "\(shown)")
            var written: [UInt8] = []
            CatalogLine.append(record, to: &written)
            #expect(written == line + [0x0a], "\(shown)")
            switch record {
            case .header: kinds.insert("header")
            case .part: kinds.insert("part")
            case .chunk: kinds.insert("chunk")
            case .entry(let entry):
                kinds.insert("entry")
                entries.append(entry.entry.kind)
            case .note: kinds.insert("note")
            case .end: kinds.insert("end")
            }
        }
        #expect(kinds == ["header", "part", "chunk", "entry", "note", "end"])
        #expect(Set(entries.map(\.name)).count == 5)
    }

    @Test func `the page on the catalog names every type and every note`() throws {
        let text = try Self.page("catalog.md").joined(separator: "\n")
        for entry in Sample.entries { #expect(text.contains("`\(entry.kind.name)`")) }
        let kinds: [ReadProblem.Kind] = [
            .unreadable, .shrank, .grew, .changed, .vanished, .skipped,
        ]
        for kind in kinds { #expect(text.contains("| `\(kind.rawValue)` |")) }
    }

    /// The authentication was computed with Python's hmac, hashlib and json.
    @Test func `the manifest that the page shows is authentic`() throws {
        let page = try Self.page("manifest.md")
        let start = try #require(page.firstIndex(of: "```json"))
        let end = try #require(page[start...].firstIndex(of: "```"))
        let text = bytes(page[(start + 1)..<end].joined(separator: "\n"))
        let manifest = try Manifest(parsing: text)
        let key = SecretBytes(count: 32) { span in
            for index in span.indices { span[index] = UInt8(index) }
        }
        try manifest.verify(with: key)
        #expect(manifest.job == "nightly-orders")
        #expect(manifest.keys.first?.wrappedBytes == bytes("example"))
        #expect(manifest.problems.map(\.path) == ["orders/café\\u{a}.log"])
        let written = try manifest.serialized(authenticatedBy: key)
        #expect(try Manifest(parsing: written) == manifest)
    }

    @Test func `the page on the manifest names every member`() throws {
        let text = try Self.page("manifest.md").joined(separator: "\n")
        for member in Manifest.CodingKeys.allCases {
            #expect(text.contains("`\(member.rawValue)`"), "\(member.rawValue)")
        }
    }
}
