import Archive
import Testing

@Suite struct EntryTests {
    @Test func `a file without holes stores all of itself`() {
        var entry = Entry(
            path: bytes("f"), kind: .file, mode: 0o644, modified: Sample.time, size: 100)
        #expect(entry.storedByteCount == 100)
        #expect(entry.storedExtents == [0..<100])
        entry.size = 0
        #expect(entry.storedByteCount == 0)
        #expect(entry.storedExtents == [])
    }

    @Test func `a sparse file stores its extents`() {
        var entry = Entry(
            path: bytes("f"), kind: .file, mode: 0o644, modified: Sample.time, size: 100,
            extents: [0..<10, 50..<70])
        #expect(entry.storedByteCount == 30)
        #expect(entry.storedExtents == [0..<10, 50..<70])
        entry.extents = []
        #expect(entry.storedByteCount == 0)
        #expect(entry.storedExtents == [])
    }

    @Test func `only files have data`() {
        for entry in Sample.entries where entry.kind != .file {
            #expect(entry.storedByteCount == 0)
            #expect(entry.storedExtents.isEmpty)
        }
    }

    @Test(arguments: [
        ("plain", "plain"), ("ü/日本", "ü/日本"), ("a\nb\tc\u{0}", "a\\u{a}b\\u{9}c\\u{0}"),
        ("\u{1b}[2J\u{7f}", "\\u{1b}[2J\\u{7f}"), ("\u{9b}31m", "\\u{9b}31m"),
        ("x\u{202e}gpj\u{2066}", "x\\u{202e}gpj\\u{2066}"), ("a\u{2028}b", "a\\u{2028}b"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ])
    func `what is displayed cannot steer a terminal`(name: String, shown: String) {
        #expect(display(path: bytes(name)) == shown)
    }

    @Test func `bytes that are not UTF-8 are displayed as such`() {
        #expect(display(path: bytes("caf") + [0xe9]) == "caf\u{fffd}")
    }
}
