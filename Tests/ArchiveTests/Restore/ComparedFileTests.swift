import Glibc
import Locking
import TestSupport
import Testing

@testable import Archive

@Suite struct ComparedFileTests {
    private static let rules = RestoreRules(
        replacesFiles: false, restoresOwners: isRoot, archiveID: "an archive")

    /// A file as a restore leaves it, with a journal that says nothing of it.
    private struct Bench {
        let path: String
        let root: FileDescriptor
        let journal: RestoreJournal
        let entry: Entry

        func compare(
            isFlawed: Bool = false, data: [UInt8]? = nil, losing lost: Range<Int>? = nil,
            reportHoles: @escaping @Sendable (FileHoles) -> Void = { _ in }
        ) throws -> [RestoreProblem] {
            let file = try ComparedFile(
                entry, number: 3, name: entry.path, in: root, path: "\(path)/f", rules: rules,
                journal: journal, isFlawed: isFlawed, reportHoles: reportHoles)
            let data = data ?? Sample.data(of: entry)
            guard !data.isEmpty else { return try file.finishEmpty() }
            let lost = lost ?? data.count..<data.count
            var problems: [RestoreProblem] = []
            for range in [lost.upperBound..<data.count, 0..<lost.lowerBound] where !range.isEmpty {
                let piece = Array(data[range])
                problems += try file.take(piece.span, at: range.lowerBound)
            }
            return lost.isEmpty ? problems : try problems + file.lose(lost)
        }
    }

    private func withFile(
        size: Int = 200_000, extents: [Range<Int>]? = nil, _ body: (Bench) throws -> Void
    ) throws {
        let attributes =
            keepsAttributesHere
            ? [Sample.accessList, Entry.Attribute(name: bytes("user.a"), value: [0, 255])] : []
        let entry = Entry(
            path: bytes("f"), kind: .file, mode: 0o664, userID: geteuid(), groupID: getegid(),
            modified: Sample.time, size: size, extents: extents, attributes: attributes)
        try withTemporaryDirectory { path in
            let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
            let journal = try RestoreJournal.make(
                RestoreJournalTests.restore, in: root, path: path)
            let problems = try RestoringFile(entry, in: root, below: path, rules: Self.rules)
                .restore(Sample.data(of: entry))
            #expect(problems == [])
            try body(Bench(path: path, root: root, journal: journal, entry: entry))
        }
    }

    private func touch(_ path: String) {
        let time = timespec(
            tv_sec: Sample.time.seconds, tv_nsec: Sample.time.nanoseconds)
        #expect(unsafe utimensat(AT_FDCWD, path, [time, time], 0) == 0)
    }

    @Test func `a file that is as it must be is kept, and known from then on`() throws {
        for (size, extents) in [(0, nil), (1, nil), (200_000, nil), (300_000, [70_000..<140_000])]
            as [(Int, [Range<Int>]?)]
        {
            try withFile(size: size, extents: extents) { (bench) throws in
                let before = FileFacts("\(bench.path)/f")
                #expect(try bench.compare() == [])
                #expect(FileFacts("\(bench.path)/f") == before)
                let status = try #require(bench.root.status(ofChild: bytes("f")))
                #expect(bench.journal.record(3) == .whole(FileIdentity(status)))
            }
        }
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 131_072, 199_999])
    func `a byte that differs is found wherever it lies`(position: Int) throws {
        try withFile { (bench) throws in
            var data = Sample.data(of: bench.entry)
            data[position] ^= 0x80
            #expect(throws: ArchiveError.changed(path: "\(bench.path)/f")) {
                try bench.compare(data: data)
            }
            #expect(bench.journal.record(3) == nil)
        }
    }

    @Test func `a byte in a hole is found`() throws {
        for position in [0, 69_999, 140_000, 299_999] {
            try withFile(size: 300_000, extents: [70_000..<140_000]) { (bench) throws in
                let file = try FileDescriptor.open("\(bench.path)/f", O_WRONLY)
                #expect(file.write([1].span, at: position) == 0)
                touch("\(bench.path)/f")
                #expect(throws: ArchiveError.changed(path: "\(bench.path)/f")) {
                    try bench.compare()
                }
            }
        }
    }

    @Test func `metadata that differs is found, and left alone`() throws {
        try withFile { (bench) throws in
            let name = "\(bench.path)/f"
            func differs() throws {
                let before = FileFacts(name)
                #expect(throws: ArchiveError.changed(path: name)) { try bench.compare() }
                #expect(FileFacts(name) == before)
            }
            unsafe chmod(name, 0o600)
            try differs()
            unsafe chmod(name, 0o664)
            if isRoot {
                unsafe chown(name, 1, 0)
                try differs()
                unsafe chown(name, 0, 0)
            }
            unsafe utimensat(AT_FDCWD, name, nil, 0)
            try differs()
            touch(name)
            #expect(try bench.compare() == [])
            if keepsAttributesHere {
                try run("setfattr", ["-n", "user.a", "-v", "other", name])
                try differs()
                try run("setfattr", ["-x", "user.a", name])
                try differs()
            }
            unsafe truncate(name, 199_999)
            touch(name)
            try differs()
        }
    }

    @Test func `a flawed file gets its metadata once more`() throws {
        try withFile { (bench) throws in
            unsafe chmod("\(bench.path)/f", 0o600)
            #expect(try bench.compare(isFlawed: true) == [])
            #expect(FileFacts("\(bench.path)/f")?.mode == 0o664)
            #expect(FileFacts("\(bench.path)/f")?.modified == Sample.time)
            var data = Sample.data(of: bench.entry)
            data[9] ^= 1
            #expect(throws: ArchiveError.self) { try bench.compare(isFlawed: true, data: data) }
        }
    }

    @Test func `what is lost in the archive cannot be compared, and is reported`() throws {
        try withFile { (bench) throws in
            let reported = Monitor<[FileHoles]>([])
            let problems = try bench.compare(losing: 1000..<2000) { holes in
                reported.update { $0.append(holes) }
            }
            #expect(problems == [] && bench.journal.record(3) == nil)
            #expect(reported.read { $0 }.map(\.sorted) == [[1000..<2000]])
        }
    }

    @Test func `a link in the file's place is not followed`() throws {
        try withFile { (bench) throws in
            unsafe Glibc.rename("\(bench.path)/f", "\(bench.path)/g")
            try link(target: bytes("g"))("\(bench.path)/f")
            #expect(throws: ArchiveError.self) { try bench.compare() }
        }
    }
}
