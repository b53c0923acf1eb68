import Glibc
import Locking
import Testing

@testable import Archive

@Suite struct FileHolesTests {
    private func file(size: Int, extents: [Range<Int>]? = nil) -> Entry {
        Entry(
            path: bytes("f"), kind: .file, mode: 0o640, userID: geteuid(), groupID: getegid(),
            modified: Sample.time, size: size, extents: extents)
    }

    @Test func `ranges are those of the content, joined and in order`() {
        var holes = FileHoles()
        #expect(holes.isEmpty)
        let entry = file(size: 1000)
        holes.add(500..<600, of: entry)
        holes.add(0..<100, of: entry)
        holes.add(100..<200, of: entry)
        #expect(holes.sorted == [0..<200, 500..<600])
        #expect(holes.byteCount == 300 && !holes.isEmpty && !holes.isIncomplete)
    }

    @Test func `holes of a sparse file are not counted as lost`() {
        var holes = FileHoles()
        holes.add(
            5..<25, of: file(size: 10_000, extents: [0..<10, 100..<110, 5000..<5010]))
        #expect(holes.sorted == [5..<10, 100..<110, 5000..<5005])
        #expect(holes.byteCount == 20)
    }

    @Test func `more ranges than are remembered are counted`() {
        var holes = FileHoles()
        let entry = file(size: 1 << 20)
        for number in 0..<(FileHoles.limit + 5) {
            holes.add(number * 10..<number * 10 + 1, of: entry)
        }
        #expect(holes.isIncomplete && holes.sorted.count == FileHoles.limit)
        #expect(holes.byteCount == FileHoles.limit + 5)
    }

    private func restore(
        keeping: Bool, _ body: (RestoredFile) throws -> Void
    ) throws -> (content: [UInt8]?, reported: [FileHoles], names: [[UInt8]]) {
        let reported = Monitor<[FileHoles]>([])
        var result: (content: [UInt8]?, names: [[UInt8]]) = (nil, [])
        try withTemporaryDirectory { path in
            let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
            let rules = RestoreRules(
                replacesFiles: false, restoresOwners: isRoot, keepsDamagedFiles: keeping,
                archiveID: "an archive")
            do {
                let restoring = try RestoringFile(
                    file(size: 900), in: root, below: path, rules: rules,
                    reportHoles: { holes in reported.update { $0.append(holes) } })
                try body(restoring.file)
                try restoring.name()
            }
            result = (
                FileFacts("\(path)/f") == nil ? nil : contents(of: "\(path)/f"),
                try names(in: path)
            )
        }
        return (result.content, reported.read { $0 }, result.names)
    }

    @Test(arguments: [true, false])
    func `a file with a hole gets its name only where damaged files are kept`(
        keeping: Bool
    ) throws {
        let ones = [UInt8](repeating: 1, count: 300)
        let (content, reported, names) = try restore(keeping: keeping) { (file) throws in
            #expect(try file.take(ones.span, at: 300) == [])
            #expect(try file.lose(600..<900) == [])
            #expect(try file.lose(0..<300) == [])
        }
        let zeroes = [UInt8](repeating: 0, count: 300)
        #expect(content == (keeping ? zeroes + ones + zeroes : nil))
        #expect(names == (keeping ? [bytes("f")] : []))
        #expect(reported.map(\.sorted) == [[0..<300, 600..<900]])
    }
}
