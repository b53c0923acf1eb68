import Archive
import Testing

@testable import Jobs

@Suite struct FileTypesTests {
    private func entry(_ path: String, _ kind: Entry.Kind = .file, size: Int = 0) -> Entry {
        Entry(
            path: Array(path.utf8), kind: kind, mode: 0o600,
            modified: Entry.Time(seconds: 0, nanoseconds: 0), size: size)
    }

    @Test(arguments: [
        ("a.csv", "csv"), ("a/b.tar.GZ", "gz"), (".profile", nil), ("a/.profile", nil),
        ("a.d/b", nil), ("a.", nil), ("", nil), (".", nil), ("a.b.c", "c"), ("a/.b.c", "c"),
        ("a.0123456789abcdef", "0123456789abcdef"), ("a.0123456789abcdefg", nil),
    ])
    func `an extension is what stands behind the last dot`(path: String, name: String?) {
        #expect(FileTypes.fileExtension(of: Array(path.utf8)) == name.map { Array($0.utf8) })
    }

    @Test func `files count by type, whatever the case of their names`() {
        var types = FileTypes()
        let first = types.add(entry("a.csv", size: 5))
        #expect(types.add(entry("b.CSV", size: 7)) == first)
        let none = types.add(entry("c", size: 1))
        #expect(types.add(entry("d.csv", .directory)) == FileTypes.noFile)
        var bytes = TypeBytes()
        bytes.add(
            [
                TypeBytes.Run(type: first, tarBytes: 300), TypeBytes.Run(type: none, tarBytes: 100),
                TypeBytes.Run(type: FileTypes.noFile, tarBytes: 500),
            ], storedBytes: 90)
        let totals = types.totals(with: bytes)
        #expect(totals.map(\.name) == ["directories and links", ".csv", "no extension"])
        #expect(totals.map(\.files) == [0, 2, 1])
        #expect(totals.map(\.contentBytes) == [0, 12, 1])
        #expect(totals.map(\.storedBytes) == [50, 30, 10])
    }

    @Test func `shares add up to what was stored, however it divides`() {
        var bytes = TypeBytes()
        for stored in 0..<100 {
            bytes.add((0..<3).map { TypeBytes.Run(type: $0, tarBytes: 7) }, storedBytes: stored)
        }
        bytes.add([], storedBytes: 8)
        let totals = FileTypes().totals(with: bytes)
        #expect(totals.reduce(0) { $0 + $1.storedBytes } == (0..<100).reduce(0, +))
        #expect(totals.reduce(0) { $0 + $1.tarBytes } == 2100)
    }

    @Test func `memory does not grow with what names hold`() {
        var types = FileTypes()
        for number in 0..<3000 { _ = types.add(entry("a.\(number)")) }
        let totals = types.totals(with: TypeBytes())
        #expect(totals.count == FileTypes.limit + 1)
        #expect(totals.first { $0.name == "other extensions" }?.files == 2000)
    }
}
