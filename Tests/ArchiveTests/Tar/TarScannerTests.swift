import TestSupport
import Testing

@testable import Archive

/// What a catalog lost is found again in the tar.
@Suite struct TarScannerTests {
    private struct Found: Equatable {
        let entry: Entry
        let headerByteCount: Int
        let start: Int
    }

    /// Scans a tar in pieces; of each range of `lost` it only gets the length, or not even that.
    private func scan(
        _ tar: [UInt8], step: Int = 4096, losing lost: [Range<Int>] = [], knowsLength: Bool = true
    ) throws -> [Found] {
        var scanner = TarScanner()
        var found: [Found] = []
        var place = 0
        func take(upTo end: Int) throws {
            while place < end {
                let next = min(place + step, end)
                try scanner.take(Array(tar[place..<next]).span) { item, start in
                    found.append(
                        Found(
                            entry: item.entry, headerByteCount: item.headerByteCount, start: start))
                }
                place = next
            }
        }
        for range in lost {
            try take(upTo: range.lowerBound)
            _ = scanner.lose(knowsLength ? range.count : nil)
            place = range.upperBound
        }
        try take(upTo: tar.count)
        return found
    }

    private static let entries = Sample.entries + Sample.listed

    @Test(arguments: entries)
    func `what is written is found, byte for byte`(entry: Entry) throws {
        #expect(try scan(Sample.tar(of: [entry])).map(\.entry) == [entry])
    }

    @Test(arguments: [1, 100, 512, 100_000])
    func `a tar of every kind of entry is found, in whatever pieces`(step: Int) throws {
        let found = try scan(Sample.tar(of: Self.entries), step: step)
        #expect(found.map(\.entry) == Self.entries)
        var offset = 0
        for item in found {
            #expect(item.start == offset)
            offset =
                TarPlace(
                    of: CatalogEntry(entry: item.entry, headerByteCount: item.headerByteCount),
                    at: offset
                ).end
        }
    }

    @Test func `a map of many extents is found`() throws {
        let extents = (0..<40_000).map { $0 * 8_192..<$0 * 8_192 + 1 }
        let entry = Entry(
            path: bytes("sparse"), kind: .file, mode: 0o644, modified: Sample.time,
            size: 40_000 * 8_192, extents: extents)
        #expect(try scan(Sample.tar(of: [entry])).map(\.entry) == [entry])
    }

    @Test(arguments: [
        "1\n", "-1\n", "2\n8\n8\n0\n8\n", "1\n0\nx\n", "123456789012345678901", "1\n-8\n8\n",
    ])
    func `a map that is none costs its entry alone`(text: String) throws {
        let sparse = Entry(
            path: bytes("sparse"), kind: .file, mode: 0o644, modified: Sample.time, size: 8_193,
            extents: [8_192..<8_193])
        var tar = try Sample.tar(of: [sparse] + Self.entries)
        let map = bytes("1\n8192\n1\n")
        let place = try #require(
            (0..<4096).first { tar[$0..<$0 + map.count].elementsEqual(map) })
        tar.replaceSubrange(place..<place + 512, with: [UInt8](repeating: 0, count: 512))
        tar.replaceSubrange(place..<place + text.utf8.count, with: bytes(text))
        #expect(try scan(tar).map(\.entry) == Self.entries)
    }

    @Test func `a gap of known length in the data of a file costs no other`() throws {
        let big = Entry(
            path: bytes("big"), kind: .file, mode: 0o644, modified: Sample.time, size: 100_000)
        let entries = [big] + Self.entries
        let found = try scan(Sample.tar(of: entries), losing: [5_000..<90_001])
        #expect(found.map(\.entry) == entries)
    }

    @Test func `behind a gap of unknown length the next header is found`() throws {
        let big = Entry(
            path: bytes("big"), kind: .file, mode: 0o644, modified: Sample.time, size: 100_000)
        let entries = [big] + Self.entries
        let found = try scan(
            Sample.tar(of: entries), losing: [51_200..<61_440], knowsLength: false)
        #expect(found.map(\.entry) == entries)
        #expect(found[1].start == found[0].headerByteCount + 100_352, "the file's end, as if")
    }

    @Test(arguments: [true, false])
    func `nothing is found that was not there, wherever the gaps are`(knowsLength: Bool) throws {
        let tar = try Sample.tar(of: Self.entries)
        var random = SeededGenerator(seed: 5)
        for _ in rounds(100) {
            let start = Int.random(in: 0..<tar.count / 512, using: &random) * 512
            let end = min(
                tar.count, start + Int.random(in: 1..<40, using: &random) * 512)
            let found = try scan(tar, losing: [start..<end], knowsLength: knowsLength)
            let isKnown = found.allSatisfy { item in Self.entries.contains(item.entry) }
            #expect(isKnown, "\(start)..<\(end)")
            #expect(found.count < Self.entries.count || start > 2048)
        }
    }

    @Test func `the tar of another program within a file is not taken for entries`() throws {
        var block = [UInt8](repeating: 0, count: 512)
        block.replaceSubrange(0..<4, with: bytes("evil"))
        block.replaceSubrange(257..<265, with: bytes("ustar  \0"))
        #expect(TarHeaderBlock(block) == nil)
    }

    @Test func `records that are none are refused, and none crash`() throws {
        var random = SeededGenerator(seed: 9)
        let words = ["path=", "12 ", "\n", "mtime=", "SCHILY.xattr.", "9999999999999999999 "]
            .map { bytes($0) }
        let good = bytes("19 path=some/where\n30 mtime=1767323045.123456789\n")
        #expect(PaxRecords(parsing: good[...]) != nil)
        for _ in rounds(2000) {
            var text = good
            for _ in 0..<3 { random.mutate(&text, words: words) }
            _ = PaxRecords(parsing: text[...])
        }
    }
}
