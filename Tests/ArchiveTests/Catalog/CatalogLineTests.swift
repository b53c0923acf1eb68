import Foundation
import TestSupport
import Testing

@testable import Archive

@Suite struct CatalogLineTests {
    static let records: [CatalogRecord] =
        [
            .header(CatalogHeader(archiveID: "0123-abc \"\\ é", codec: "zstd")),
            .chunk(ChunkRecord(part: 0, stored: 0..<0, tar: 0..<0)),
            .chunk(
                ChunkRecord(
                    part: 99_999, stored: 1 << 40..<(1 << 40) + 4_194_304,
                    tar: 1 << 59..<(1 << 59) + 4_194_304)),
            .end(CatalogEnd(entries: 0, chunks: 0, tarByteCount: 0)),
            .end(CatalogEnd(entries: 1_000_000, chunks: 25_000, tarByteCount: .max)),
            .part(PartRecord(number: 0, message: "")),
            .part(PartRecord(number: 99_999, message: String(repeating: "0f", count: 32))),
            .note(ReadProblem(path: [0xff, 0x0a], kind: .shrank, detail: "to 3 of 5 bytes")),
            .note(ReadProblem(path: bytes("a\nb"), kind: .unreadable, detail: "é\u{0}\"\n")),
        ]
        + [.unreadable, .shrank, .grew, .changed, .vanished, .skipped].map {
            .note(ReadProblem(path: bytes("p"), kind: $0, detail: ""))
        }
        + Sample.entries.map { .entry(CatalogEntry(entry: $0, headerByteCount: 1536)) }

    private static func line(_ record: CatalogRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        CatalogLine.append(record, to: &bytes)
        return bytes
    }

    private func parse(_ text: [UInt8]) -> CatalogRecord? {
        CatalogLine.parse(text, in: 0..<text.count)
    }

    @Test(arguments: records)
    func `every record is one line of JSON and is read back`(record: CatalogRecord) throws {
        let line = Self.line(record)
        #expect(line.last == 0x0a)
        #expect(!line.dropLast().contains(0x0a))
        #expect(parse(line) == record)
        #expect(CatalogLine.parse(line, in: 0..<line.count - 1) == record)
        _ = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }

    @Test func `records are appended behind what is there, and read from where they are`() {
        var text = bytes("before")
        var places: [Range<Int>] = []
        for record in Self.records {
            let start = text.count
            CatalogLine.append(record, to: &text)
            places.append(start..<text.count)
        }
        #expect(text.starts(with: bytes("before")))
        #expect(places.map { CatalogLine.parse(text, in: $0) } == Self.records)
    }

    @Test func `records with a random entry are read back`() {
        var random = SeededGenerator(seed: 6)
        for _ in rounds(1000) {
            var entry = Entry(
                path: random.bytes(Int.random(in: 1...20, using: &random)), kind: .file,
                mode: UInt32.random(in: 0...0o7777, using: &random),
                userID: UInt32.random(in: 0 ... .max, using: &random),
                groupID: UInt32.random(in: 0 ... .max, using: &random),
                userName: random.bytes(Int.random(in: 0...3, using: &random)),
                groupName: random.bytes(Int.random(in: 0...3, using: &random), in: 0...127),
                modified: Entry.Time(
                    seconds: Int.random(in: .min + 1 ... .max, using: &random),
                    nanoseconds: Int.random(in: 0..<1_000_000_000, using: &random)),
                size: Int.random(in: 0..<1 << 60, using: &random))
            if Bool.random(using: &random) {
                let bounds = Set(
                    (0..<6).map { _ in Int.random(in: 0...entry.size, using: &random) }
                )
                .sorted()
                entry.extents = stride(from: 0, to: bounds.count - 1, by: 2).map {
                    bounds[$0]..<bounds[$0 + 1]
                }
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                entry.attributes.append(
                    Entry.Attribute(
                        name: random.bytes(Int.random(in: 1...9, using: &random)).map {
                            max($0, 1)
                        },
                        value: random.bytes(Int.random(in: 0...40, using: &random))))
            }
            let record = CatalogRecord.entry(CatalogEntry(entry: entry, headerByteCount: 512))
            #expect(parse(Self.line(record)) == record)
        }
    }

    @Test(arguments: records)
    func `no prefix of a line is a record`(record: CatalogRecord) {
        let line = Self.line(record)
        for length in stride(from: 0, to: line.count - 1, by: line.count > 4000 ? 97 : 1) {
            #expect(CatalogLine.parse(line, in: 0..<length) == nil)
        }
    }

    @Test func `a changed line is refused or is another record, and never anything worse`() {
        var random = SeededGenerator(seed: 7)
        let words = [
            "\"", "\\", "{", "}", "[", "]", ",", ":", "-", "null", "9223372036854775807", "\\u0000",
            "1152921504606846976", "\"size\":", "\"extents\":[[0,1]]", "\"path\":\"x\"", "\\ud800",
            "{\"type\":\"file\"", "_base64", "1e9", " ",
        ].map(bytes)
        let lines = Self.records.map(Self.line).filter { $0.count < 600 }
        var taken = 0
        for _ in rounds(20_000) {
            var line = lines.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                random.mutate(&line, words: words)
            }
            guard let record = parse(line) else { continue }
            taken += 1
            #expect(parse(Self.line(record)) == record)
            if case .entry(let entry) = record {
                // Sums of whatever a line may say do not overflow.
                _ = TarPlace(of: entry, at: 1 << 61).end
            }
        }
        #expect(taken > 0)
    }

    @Test func `a single changed bit never gives the same record`() {
        for record in [
            Self.records[0], Self.records[2], Self.records[5], Self.records[6], Self.records[17],
        ] {
            let line = Self.line(record)
            for index in 0..<line.count - 1 {
                for bit in 0..<8 {
                    var changed = line
                    changed[index] ^= 1 << bit
                    #expect(parse(changed) != record)
                }
            }
        }
    }

    private static let file =
        #"{"type":"file","path":"a","mode":420,"uid":0,"gid":0,"mtime":[0,0],"size":100,"header":512"#

    @Test(arguments: [
        "", "{}", "[]", "null", "{\"unknown\":1}", "{} {}",
        #"{"chunk":[0,0,0,0]}"#, #"{"chunk":[0,0,0,0,0,0]}"#, #"{"chunk":[-1,0,0,0,0]}"#,
        #"{"chunk":[0,0,-1,0,0]}"#, #"{"chunk":[0,9223372036854775807,9223372036854775807,0,0]}"#,
        #"{"chunk":[0,0,0,1152921504606846976,0]}"#, #"{"chunk":[0,0,0,0,0],"mode":1}"#,
        #"{"chunk":[0,0,0,0,0],"chunk":[0,0,0,0,0]}"#, #"{"chunk":[0,0,0,0,0.0]}"#,
        #"{"part":0}"#, #"{"part":-1,"message":""}"#, #"{"part":16777216,"message":""}"#,
        #"{"part":0,"message":"","chunk":[0,0,0,0,0]}"#,
        #"{"end":[1,2]}"#, #"{"end":[-1,0,0]}"#, #"{"end":[0,0,0],"note":"grew"}"#,
        #"{"catalog":2,"archive":"a","codec":"zstd"}"#, #"{"catalog":1,"archive":"a"}"#,
        #"{"catalog":1,"archive":"a","codec":"zstd","size":1}"#,
        #"{"note":"melted","path":"a","detail":""}"#, #"{"note":"grew","detail":""}"#,
        #"{"note":"grew","path":"a","path_base64":"YQ==","detail":""}"#,
        #"{"note":"grew","path_base64":"Y","detail":""}"#,
    ])
    func `a line that breaks a rule is refused`(line: String) {
        #expect(parse(bytes(line)) == nil)
    }

    @Test(arguments: [
        #","size":100"#, #","path":"b""#, #","path_base64":"YQ==""#, #","chunk":[0,0,0,0,0]"#,
        #","note":"grew""#, #","target":"x""#, #","device":[1,2]"#, #","end":[0,0,0]"#,
        #","extents":[[0,101]]"#, #","extents":[[99,2]]"#, #","extents":[[5,5],[9,2]]"#,
        #","extents":[[20,5],[10,5]]"#, #","extents":[[0,0]]"#, #","extents":[[0]]"#,
        #","extents":[[-5,10]]"#, #","extents":[[0,9223372036854775807]]"#,
        #","extents":[[9223372036854775807,1]]"#, #","extents":[0,1]"#,
        #","attributes":[{"name":"a"}]"#, #","attributes":[{"value_base64":""}]"#,
        #","attributes":[{"name":"","value_base64":""}]"#,
        #","attributes":[{"name_base64":"YQBi","value_base64":""}]"#,
        #","attributes":[{"name":"a","name":"b","value_base64":""}]"#,
        #","attributes":[{"name":"a","value":"x"}]"#, #","attributes":{}"#,
        #","attributes":[],"attributes":[]"#, #","user":5"#, #","user":null"#,
    ])
    func `an entry with a member that does not fit is refused`(member: String) {
        #expect(parse(bytes(Self.file + "}")) != nil)
        #expect(parse(bytes(Self.file + member + "}")) == nil)
    }

    @Test(arguments: [
        ("420", "4096"), ("420", "-1"), ("\"uid\":0", "\"uid\":4294967296"),
        ("\"gid\":0", "\"gid\":-1"), ("[0,0]", "[0]"), ("[0,0]", "[0,1000000000]"),
        ("[0,0]", "[0,-1]"), ("[0,0]", "[9223372036854775808,0]"),
        ("\"size\":100", "\"size\":1152921504606846976"), ("\"size\":100", "\"size\":-1"),
        ("512", "0"), ("512", "-512"), ("512", "513"), ("512", "1099511627776"),
        ("\"header\":512", "\"head\":512"), ("\"file\"", "\"socket\""), ("\"file\"", "\"fifo\""),
        ("\"file\"", "\"symlink\""), ("\"file\"", "\"hardlink\""), ("\"file\"", "\"block\""),
        ("\"path\"", "\"target\""), ("\"mode\":420,", ""), ("{", "[{"),
    ])
    func `an entry with a value out of bounds is refused`(value: String, other: String) {
        let line = Self.file.replacingOccurrences(of: value, with: other) + "}"
        #expect(line != Self.file + "}")
        #expect(parse(bytes(line)) == nil)
    }

    @Test func `names that are not UTF-8 stand in base64, all others as they are`() {
        for name in Sample.names {
            let line = Self.line(.note(ReadProblem(path: name, kind: .grew, detail: "")))
            let text = String(decoding: line, as: UTF8.self)
            #expect(
                text.contains("path_base64") == (String(validating: name, as: UTF8.self) == nil))
        }
    }

    @Test func `composed and decomposed names stay apart`() {
        let names = ["caf\u{e9}", "cafe\u{301}"]
        let records = names.map {
            parse(Self.line(.note(ReadProblem(path: bytes($0), kind: .grew, detail: $0))))
        }
        let problems = records.compactMap { record -> ReadProblem? in
            guard case .note(let problem) = record else { return nil }
            return problem
        }
        #expect(problems.map(\.path) == names.map { bytes($0) })
        #expect(problems.map { Array($0.detail.utf8) } == names.map { bytes($0) })
    }
}
