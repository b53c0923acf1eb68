import Foundation
import Testing

@testable import Storage

@Suite struct ArchiveSetTests {
    private let first = ArchiveName(seconds: 1_000_000_000, milliseconds: 1)
    private let second = ArchiveName(seconds: 1_000_000_000, milliseconds: 2)

    @Test func `a set is made where there is nothing, with the directories above it`() throws {
        try withTemporaryDirectory { directory in
            for path in ["\(directory)/a/b/c", "\(directory)/d//e/", "\(directory)/f/\u{301}g"] {
                try ArchiveSet.check(path)
                let set = try ArchiveSet(makingAt: path)
                #expect(try set.archives() == [])
                #expect(try names(in: path) == [])
                _ = try ArchiveSet(makingAt: path)
            }
            #expect(
                try names(in: "\(directory)/f").map { Array($0.utf8) } == [Array("\u{301}g".utf8)])
        }
    }

    @Test func `an empty directory becomes a set`() throws {
        try withTemporaryDirectory { directory in
            try ArchiveSet.check(directory)
            #expect(try ArchiveSet(makingAt: directory).archives() == [])
        }
    }

    @Test func `a set lists its archives, oldest first, and nothing else`() throws {
        try withTemporaryDirectory { directory in
            let set = try makeSet(at: directory, [second, first])
            let lock = try set.lock()
            let partial = try set.begin(ArchiveName(seconds: 5, milliseconds: 5))
            try write("hello", to: "\(directory)/README")
            #expect(try ArchiveSet(at: directory).archives() == [first, second])
            #expect(set.path(of: first) == "\(directory)/20010909T014640.001Z")
            withExtendedLifetime((lock, partial)) {}
        }
    }

    @Test(arguments: [
        [".lock"], [".20260102T030405.678Z.partial"], ["lost+found"],
        [".lock", "lost+found", ".20260102T030405.678Z.partial"],
    ])
    func `what a run or the system leaves does not make a directory foreign`(names: [String]) throws
    {
        try withTemporaryDirectory { directory in
            for name in names { try makeDirectory("\(directory)/\(name)") }
            #expect(try ArchiveSet(makingAt: directory).archives() == [])
        }
    }

    @Test(arguments: [
        ["notes.txt"], [".partial"], ["2026"], [".lock", "notes.txt"], ["manifest.json"],
    ])
    func `a directory of other things is refused, by name`(names: [String]) throws {
        try withTemporaryDirectory { directory in
            for name in names { try write("x", to: "\(directory)/\(name)") }
            let stranger = names.last ?? ""
            let expected = StorageError.notAnArchiveSet(
                path: directory, reason: "it holds '\(stranger)' and no archive")
            #expect(throws: expected) { try ArchiveSet(makingAt: directory) }
            #expect(throws: expected) { try ArchiveSet.check(directory) }
            #expect(try Storage.listNames(directory).sorted() == names.sorted())
        }
    }

    @Test func `other things beside archives are tolerated`() throws {
        try withTemporaryDirectory { directory in
            _ = try makeSet(at: directory, [first])
            try write("x", to: "\(directory)/notes.txt")
            #expect(try ArchiveSet(makingAt: directory).archives() == [first])
        }
    }

    @Test func `a file is not a set`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/file"
            try write("x", to: path)
            let expected = StorageError.notAnArchiveSet(path: path, reason: "it is not a directory")
            #expect(throws: expected) { try ArchiveSet(makingAt: path) }
            #expect(throws: expected) { try ArchiveSet.check(path) }
            #expect("\(expected)" == "\(path) is not an archive set: it is not a directory")
            #expect(throws: StorageError.self) { try ArchiveSet(makingAt: "\(path)/below") }
        }
    }

    @Test func `what killed runs left is removed, archives and strangers stay`() throws {
        try withTemporaryDirectory { directory in
            let set = try makeSet(at: directory, [first])
            for name in [".20260102T030405.678Z.partial", ".20260102T030405.679Z.partial"] {
                try makeDirectory("\(directory)/\(name)")
                try write("x", to: "\(directory)/\(name)/part-00000.tar.zst.esdk.tmp")
            }
            try makeDirectory("\(directory)/.notes.partial")
            try write("x", to: "\(directory)/notes")
            #expect(try set.removeUnfinished() == 2)
            #expect(try set.removeUnfinished() == 0)
            #expect(try names(in: directory) == [".notes.partial", "\(first)", "notes"])
        }
    }

    @Test func `what is not ours is not removed with what a killed run left`() throws {
        try withTemporaryDirectory { directory in
            let set = try ArchiveSet(makingAt: directory)
            let inner = "\(directory)/.20260102T030405.678Z.partial/inner"
            try makeDirectory(inner)
            #expect(throws: StorageError.system(call: "remove", path: inner, errno: EISDIR)) {
                try set.removeUnfinished()
            }
        }
    }
}
