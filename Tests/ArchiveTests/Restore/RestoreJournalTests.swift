import Glibc
import TestSupport
import Testing

@testable import Archive

@Suite struct RestoreJournalTests {
    static let restore = RestoreJournal.Restore(
        archiveID: "../an/archive", name: "20260102T030405.678Z", patterns: ["a/**"],
        ownsDirectories: true)
    private static let identity = FileIdentity(
        inode: 1 << 63 + 5, changed: Entry.Time(seconds: -3, nanoseconds: 999_999_999))

    private static let other = FileIdentity(
        inode: 7, changed: Entry.Time(seconds: 1_767_323_045, nanoseconds: 1))

    private func withRoot(_ body: (String, FileDescriptor) throws -> Void) throws {
        try withTemporaryDirectory { path in
            try body(path, FileDescriptor.open(path, O_RDONLY | O_DIRECTORY))
        }
    }

    private func found(_ root: FileDescriptor) throws -> [RestoreJournal] {
        try RestoreJournal.find(in: root, path: "here")
    }

    @Test func `what was noted is found again`() throws {
        try withRoot { (path, root) throws in
            let journal = try RestoreJournal.make(Self.restore, in: root, path: path)
            try journal.noteWhole([(7, Self.identity), (8, Self.other), (10, Self.other)])
            try journal.noteFlawed(2, inode: 9)
            for journal in [journal, try #require(found(root).first)] {
                #expect(journal.restore == Self.restore)
                #expect(journal.record(7) == .whole(Self.identity))
                #expect([8, 10].allSatisfy { journal.record($0) == .whole(Self.other) })
                #expect(journal.record(2) == .flawed(inode: 9))
                for number in [0, 1, 3, 6, 9, 11, 1 << 40] {
                    #expect(journal.record(number) == nil)
                }
            }
            try journal.noteWhole([])
            try journal.noteWhole([(2, Self.identity)])
            #expect(journal.record(2) == .whole(Self.identity))
            try journal.remove()
            #expect(try names(in: path) == [])
        }
    }

    @Test func `archive and patterns make a restore another one, nothing else does`() {
        typealias Restore = RestoreJournal.Restore
        let one = Self.restore
        let same = Restore(
            archiveID: "../an/archive", name: "moved", patterns: ["a/**"], ownsDirectories: false)
        #expect(one.isSame(as: same) && one.isOfArchive(of: same))
        for patterns in [[], ["a/*", "*"], ["a/**", ""], ["a", "/**"]] {
            let other = Restore(
                archiveID: "../an/archive", name: one.name, patterns: patterns,
                ownsDirectories: true)
            #expect(!one.isSame(as: other) && one.isOfArchive(of: other))
        }
        let other = Restore(
            archiveID: "another", name: one.name, patterns: ["a/**"], ownsDirectories: true)
        #expect(!one.isSame(as: other) && !one.isOfArchive(of: other))
    }

    @Test func `a journal that is cut or changed anywhere in its header is none`() throws {
        try withRoot { (path, root) throws in
            _ = try RestoreJournal.make(Self.restore, in: root, path: path)
            let name = try #require(names(in: path).first)
            let file = bytes("\(path)/") + name
            let whole = try #require(contents(of: file))
            #expect(whole.count == 4096)
            for index in whole.indices where index < 400 || index % 97 == 0 {
                var changed = whole
                changed[index] ^= 1
                try write(changed, to: file)
                #expect(try found(root).isEmpty, "byte \(index)")
            }
            for count in stride(from: 0, to: 4096, by: 61) {
                try write(Array(whole.prefix(count)), to: file)
                #expect(try found(root).isEmpty, "\(count) bytes")
            }
            try write([UInt8](repeating: 0, count: 4096), to: file)
            #expect(try found(root).isEmpty)
            // A new one takes its place.
            _ = try RestoreJournal.make(Self.restore, in: root, path: path)
            #expect(try found(root).count == 1)
        }
    }

    @Test func `a journal that another could have written is none`() throws {
        try withRoot { (path, root) throws in
            _ = try RestoreJournal.make(Self.restore, in: root, path: path)
            let name = "\(path)/\(display(path: try #require(names(in: path).first)))"
            #expect(FileFacts(name)?.mode == 0o600)
            for mode: mode_t in [0o640, 0o602, 0o601] {
                unsafe chmod(name, mode)
                #expect(try found(root).isEmpty)
            }
            unsafe chmod(name, 0o600)
            #expect(try found(root).count == 1)
            unsafe Glibc.link(name, "\(path)/x")
            #expect(try found(root).isEmpty)
            unsafe unlink("\(path)/x")
            if isRoot {
                unsafe chown(name, 12345, 0)
                #expect(try found(root).isEmpty)
                unsafe chown(name, 0, 0)
            }
            unsafe Glibc.rename(name, "\(path)/x")
            unsafe symlink("x", name)
            #expect(try found(root).isEmpty)
            unsafe unlink(name)
            unsafe mkfifo(name, 0o600)
            #expect(try found(root).isEmpty)
        }
    }
}
