import CLinux
import Glibc
import Testing

@testable import Archive

@Suite struct SourceFileTests {
    private static let size = 300_000

    /// A file of 300,000 bytes, open.
    private func withFile(_ body: (String, SourceFile) throws -> Void) throws {
        try withTemporaryDirectory { path in
            try write((0..<Self.size).map(Sample.byte(at:)), to: bytes("\(path)/f"))
            let walked = try Walked("\(path)/f")
            try body("\(path)/f", try #require(walked.files[bytes("r")]))
        }
    }

    private func read(
        _ file: SourceFile, _ range: Range<Int>
    ) -> (bytes: [UInt8], problem: ReadProblem?) {
        var content = [UInt8](repeating: 0xee, count: range.count)
        var span = content.mutableSpan
        let problem = file.read(at: range.lowerBound, into: &span)
        return (content, problem)
    }

    @Test func `pieces are read in any order`() throws {
        try withFile { (_, file) throws in
            #expect(file.size == Self.size)
            for range in [200_000..<300_000, 0..<1, 1..<200_000] {
                let (content, problem) = read(file, range)
                #expect(content == range.map(Sample.byte(at:)))
                #expect(problem == nil)
            }
        }
    }

    @Test func `what a file lost is zeroes, and is said once, with its length`() throws {
        try withFile { (path, file) throws in
            #expect(unsafe truncate(path, 100_000) == 0)
            let pieces = [200_000..<300_000, 50_000..<150_000, 0..<50_000, 150_000..<200_000]
            let results = pieces.map { read(file, $0) }
            #expect(
                results.map(\.problem) == [
                    ReadProblem(
                        path: bytes("r"), kind: .shrank, detail: "to 100000 of 300000 bytes"),
                    nil, nil, nil,
                ])
            for (range, result) in zip(pieces, results) {
                #expect(result.bytes == range.map { $0 < 100_000 ? Sample.byte(at: $0) : 0 })
            }
        }
    }

    @Test func `what a file gained is left out and said at the end`() throws {
        try withFile { (path, file) throws in
            #expect(unsafe truncate(path, 300_007) == 0)
            #expect(read(file, 100_000..<300_000).problem == nil)
            let last = read(file, 0..<100_000)
            #expect(last.bytes == (0..<100_000).map(Sample.byte(at:)))
            #expect(
                last.problem
                    == ReadProblem(
                        path: bytes("r"), kind: .grew, detail: "to 300007 from 300000 bytes"))
        }
    }

    @Test func `a file that was written to is said to have changed`() throws {
        try withFile { (path, file) throws in
            #expect(read(file, 0..<100_000).problem == nil)
            let times = [timespec](repeating: timespec(tv_sec: 1, tv_nsec: 1), count: 2)
            #expect(unsafe utimensat(AT_FDCWD, path, times, 0) == 0)
            #expect(
                read(file, 100_000..<300_000).problem
                    == ReadProblem(
                        path: bytes("r"), kind: .changed, detail: "written to while it was read"))
        }
    }

    @Test func `a file that was removed is read to its end`() throws {
        try withFile { (path, file) throws in
            #expect(unsafe unlink(path) == 0)
            let (content, problem) = read(file, 0..<Self.size)
            #expect(content == (0..<Self.size).map(Sample.byte(at:)))
            #expect(problem == nil)
        }
    }

    @Test func `what cannot be read is zeroes`() throws {
        try withTemporaryDirectory { path in
            // A directory can be opened but not read.
            let entry = Entry(
                path: bytes("r"), kind: .file, mode: 0, modified: Sample.time, size: 200_000)
            let file = SourceFile(
                path: bytes("r"), descriptor: try FileDescriptor.open(path, O_RDONLY), entry: entry)
            let (content, problem) = read(file, 1000..<3000)
            #expect(content == [UInt8](repeating: 0, count: 2000))
            #expect(
                problem
                    == ReadProblem(
                        path: bytes("r"), kind: .unreadable, detail: "Is a directory at byte 1000"))
        }
    }

    @Test(arguments: [
        [], [0..<8192], [1 << 20..<(1 << 20) + 4096], [0..<4096, 2_097_152..<2_100_001],
    ])
    func `holes are found and their data is read where it is`(data: [Range<Int>]) throws {
        try withTemporaryDirectory { path in
            let size = 2_100_001
            let file = try FileDescriptor.open(
                "\(path)/f", O_WRONLY | O_CREAT, mode: 0o600)
            #expect(ftruncate(file.number, off_t(size)) == 0)
            for range in data {
                let content = range.map(Sample.byte(at:))
                #expect(
                    unsafe pwrite(
                        file.number, content, content.count, off_t(range.lowerBound))
                        == content.count)
            }
            let walked = try Walked("\(path)/f")
            let extents = try #require(
                walked.entries.first?.extents, "the file system keeps no holes")
            let source = try #require(walked.files[bytes("r")])
            for range in data {
                #expect(
                    extents.contains {
                        $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound
                    })
            }
            #expect(zip(extents, extents.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
            #expect((extents.last?.upperBound ?? 0) <= size)
            #expect(extents.reduce(0) { $0 + $1.count } < 300_000)
            for extent in extents {
                let (content, problem) = read(source, extent)
                #expect(
                    content
                        == extent.map { offset in
                            data.contains { $0.contains(offset) } ? Sample.byte(at: offset) : 0
                        })
                #expect(problem == nil)
            }
        }
    }

    @Test(.enabled(if: keepsAttributesHere, "the file system has no extended attributes"))
    func `attributes and ACLs are read in the order of their names`() throws {
        try withTemporaryDirectory { path in
            var tags = [
                Sample.accessList, Entry.Attribute(name: bytes("user.a"), value: []),
                Entry.Attribute(name: bytes("user.b"), value: [0, 0x0a, 0xff]),
                Entry.Attribute(name: bytes("user.é"), value: [UInt8](repeating: 7, count: 1000)),
            ]
            try makeDirectory("\(path)/d")
            try write("x", to: "\(path)/f")
            for name in ["f", "d"] {
                if name == "d" { tags[0] = Sample.defaultList }
                let path = bytes("\(path)/\(name)")
                for tag in tags.reversed() {
                    let status = unsafe withName(path) { path in
                        unsafe withName(tag.name) {
                            unsafe lsetxattr(path, $0, tag.value, tag.value.count, 0)
                        }
                    }
                    #expect(status == 0)
                }
            }
            let walked = try Walked(path)
            #expect(walked.entry("r/f")?.attributes == [Sample.accessList] + tags.dropFirst())
            #expect(walked.entry("r/d")?.attributes == tags)
            #expect(walked.entry("r/f")?.mode == 0o664)
        }
    }
}
