import Glibc
import Testing

@testable import Archive

/// What an interrupted restore finds where its entries belong.
@Suite struct StandingTests {
    private struct Bench {
        let path: String
        let root: FileDescriptor
        let journal: RestoreJournal
        let rules: RestoreRules

        var tree: TreeRestorer {
            TreeRestorer(root: root, path: path, rules: rules, journal: journal)
        }

        func standing(_ entry: Entry, number: Int = 0) throws(ArchiveError) -> Standing {
            try tree.standing(of: entry, number: number, in: journal)
        }
    }

    private func withBench(
        replacing: Bool = false, owners: Bool = isRoot, _ body: (Bench) throws -> Void
    ) throws {
        try withTemporaryDirectory { path in
            let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
            try body(
                Bench(
                    path: path, root: root,
                    journal: try RestoreJournal.make(
                        RestoreJournalTests.restore, in: root, path: path),
                    rules: RestoreRules(
                        replacesFiles: replacing, restoresOwners: owners, archiveID: "an archive")))
        }
    }

    private static func entry(_ path: String, _ kind: Entry.Kind, size: Int = 0) -> Entry {
        Entry(
            path: bytes(path), kind: kind, mode: 0o640, userID: geteuid(), groupID: getegid(),
            modified: Sample.time, size: size)
    }

    private func restore(_ entry: Entry, _ bench: Bench, number: Int = 0) throws {
        _ = try RestoringFile(
            entry, in: bench.root, below: bench.path, number: number, rules: bench.rules,
            journal: bench.journal
        ).restore(Sample.data(of: entry))
    }

    @Test func `a named file is known until anything of it changes`() throws {
        try withBench { (bench) throws in
            let (entry, name) = (Self.entry("f", .file, size: 10), "\(bench.path)/f")
            #expect(try bench.standing(entry) == .absent)
            try restore(entry, bench)
            #expect(try bench.standing(entry) == .whole)
            #expect(try bench.standing(entry, number: 1) == .alike(isFlawed: false))
            // Changed and changed back.
            unsafe chmod(name, 0o600)
            unsafe chmod(name, 0o640)
            #expect(try bench.standing(entry) == .alike(isFlawed: false))
            unsafe chmod(name, 0o600)
            #expect(throws: ArchiveError.changed(path: name)) { try bench.standing(entry) }
            unsafe chmod(name, 0o640)
            unsafe truncate(name, 0)
            #expect(throws: ArchiveError.changed(path: name)) { try bench.standing(entry) }
            unsafe unlink(name)
            #expect(try bench.standing(entry) == .absent)
            try link(target: bytes("x"))(name)
            #expect(throws: ArchiveError.changed(path: name)) { try bench.standing(entry) }
        }
    }

    @Test func `where files are replaced, only what is known is kept`() throws {
        try withBench(replacing: true) { (bench) throws in
            let entry = Self.entry("f", .file, size: 10)
            try write("foreign", to: "\(bench.path)/f")
            #expect(try bench.standing(entry) == .absent)
            try restore(entry, bench)
            #expect(try bench.standing(entry) == .whole)
            unsafe chmod("\(bench.path)/f", 0o640)
            #expect(try bench.standing(entry) == .absent)
            unsafe unlink("\(bench.path)/f")
            try makeDirectory("\(bench.path)/f")
            #expect(throws: ArchiveError.isDirectory(path: "\(bench.path)/f")) {
                try bench.standing(entry)
            }
        }
    }

    @Test func `a file that lacks metadata is never trusted, and may differ in it`() async throws {
        let path = try makeOpenDirectory()
        defer { removeTree(path) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            becomeNobody()
            let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
            let bench = Bench(
                path: path, root: root,
                journal: try RestoreJournal.make(
                    RestoreJournalTests.restore, in: root, path: path),
                rules: RestoreRules(
                    replacesFiles: false, restoresOwners: true, archiveID: "an archive"))
            var entry = Self.entry("f", .file, size: 10)
            entry.userID = 0
            let problems = try RestoringFile(
                entry, in: root, below: path, number: 4, rules: bench.rules,
                journal: bench.journal
            ).restore(Sample.data(of: entry))
            #expect(problems.count == 1)
            let inode = try #require(FileFacts("\(path)/f")?.inode)
            #expect(bench.journal.record(4) == .flawed(inode: inode))
            #expect(try bench.standing(entry, number: 4) == .alike(isFlawed: true))
            #expect(throws: ArchiveError.changed(path: "\(path)/f")) {
                try bench.standing(entry, number: 5)
            }
            var special = Self.entry("l", .symbolicLink(target: [0x78]))
            special.userID = 0
            #expect(try bench.tree.makeSpecial(special, number: 6).count == 1)
            #expect(
                try bench.tree.keepSpecial(special, number: 6, in: bench.journal)?.count == 1)
        }
    }

    @Test func `links and FIFOs are kept where they are the same`() throws {
        try withBench { (bench) throws in
            let entries = [
                Self.entry("l", .symbolicLink(target: bytes("there"))), Self.entry("p", .fifo),
            ]
            for entry in entries {
                #expect(try bench.tree.keepSpecial(entry, number: 1, in: bench.journal) == nil)
                #expect(try bench.tree.makeSpecial(entry, number: 1) == [])
                #expect(try bench.tree.keepSpecial(entry, number: 1, in: bench.journal) == [])
                for kind in [
                    Entry.Kind.symbolicLink(target: bytes("elsewhere")),
                    .characterDevice(.init(major: 1, minor: 3)),
                ] {
                    var other = entry
                    other.kind = kind
                    #expect(throws: ArchiveError.self) { try bench.standing(other) }
                }
            }
            unsafe chmod("\(bench.path)/p", 0o666)
            #expect(throws: ArchiveError.changed(path: "\(bench.path)/p")) {
                try bench.standing(entries[1])
            }
        }
    }

    @Test func `a hard link is kept where it is the same file`() throws {
        try withBench { (bench) throws in
            let hard = Self.entry("h", .hardLink(target: bytes("f")))
            try restore(Self.entry("f", .file, size: 3), bench)
            #expect(try bench.standing(hard) == .absent)
            #expect(try bench.tree.makeSpecial(hard, number: 1) == [])
            #expect(try bench.standing(hard) == .whole)
            unsafe unlink("\(bench.path)/h")
            try write("x", to: "\(bench.path)/h")
            #expect(throws: ArchiveError.changed(path: "\(bench.path)/h")) {
                try bench.standing(hard)
            }
        }
    }

    @Test func `directories are kept, and nothing else takes their place`() throws {
        try withBench { (bench) throws in
            let directory = Self.entry("d", .directory)
            #expect(try bench.standing(directory) == .absent)
            try makeDirectory("\(bench.path)/d")
            #expect(try bench.standing(directory) == .whole)
            #expect(throws: ArchiveError.isDirectory(path: "\(bench.path)/d")) {
                try bench.standing(Self.entry("d", .file))
            }
            try write("x", to: "\(bench.path)/e")
            #expect(throws: ArchiveError.exists(path: "\(bench.path)/e")) {
                try bench.standing(Self.entry("e", .directory))
            }
        }
    }

    @Test func `a directory that its owner may no longer use is opened again`() async throws {
        let path = try makeOpenDirectory()
        defer { removeTree(path) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            becomeNobody()
            let tree = try TreeRestorerTests.tree(at: path, owners: false)
            for name in ["a", "a/b", "a/b/c"] { try makeDirectory("\(path)/\(name)") }
            for (name, mode) in [("a/b/c", 0o000), ("a/b", 0o1555), ("a", 0o000)] {
                unsafe chmod("\(path)/\(name)", mode_t(mode))
            }
            for name in ["a", "a/b", "a/b/c", "no", "no/no"] {
                try tree.reopen(Self.entry(name, .directory))
            }
            try write("x", to: "\(path)/a/b/c/x")
            #expect(FileFacts("\(path)/a/b")?.mode == 0o1755)
        }
    }
}
