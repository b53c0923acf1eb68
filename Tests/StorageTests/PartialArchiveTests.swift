import Foundation
import Testing

@testable import Storage

@Suite struct PartialArchiveTests {
    private let name = ArchiveName(seconds: 1_767_323_045, milliseconds: 678)

    @Test func `an archive is invisible until it is committed, then whole`() throws {
        try withTemporaryDirectory { directory in
            let set = try ArchiveSet(makingAt: directory)
            let partial = try set.begin(name)
            let file = try partial.create("part")
            try file.write([1, 2, 3].span, at: 0)
            #expect(try set.archives() == [])
            #expect(throws: StorageError.self) { try StoredArchive(at: directory) }
            try file.publish()
            #expect(try set.archives() == [])
            let path = try partial.commit()
            #expect(path == "\(directory)/\(name)")
            #expect(try set.archives() == [name])
            #expect(try names(in: directory) == ["\(name)"])
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(path)/part")) == Data([1, 2, 3]))
        }
    }

    @Test func `an archive that is not committed disappears with its last reference`() throws {
        try withTemporaryDirectory { directory in
            let set = try ArchiveSet(makingAt: directory)
            do {
                let partial = try set.begin(name)
                let published = try partial.create("part-0")
                try published.publish()
                let unfinished = try partial.create("part-1")
                try unfinished.write([1].span, at: 0)
                #expect(
                    try names(in: "\(directory)/.\(name).partial") == ["part-0", "part-1.tmp"])
                withExtendedLifetime(partial) {}
            }
            #expect(try names(in: directory) == [])
        }
    }

    @Test func `discarding removes at once and does not touch what was committed`() throws {
        try withTemporaryDirectory { directory in
            let set = try ArchiveSet(makingAt: directory)
            let discarded = try set.begin(ArchiveName(seconds: 0, milliseconds: 0))
            _ = try discarded.create("part")
            discarded.discard()
            #expect(try names(in: directory) == [])
            discarded.discard()
            let committed = try set.begin(name)
            _ = try committed.commit()
            committed.discard()
            #expect(try names(in: directory) == ["\(name)"])
        }
    }

    @Test func `only the owner can look into an archive`() throws {
        try withTemporaryDirectory { directory in
            let partial = try ArchiveSet(makingAt: directory).begin(name)
            let file = try partial.create("part")
            try file.publish()
            let path = try partial.commit()
            func mode(_ path: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            }
            #expect(try mode(path) == 0o700)
            #expect(try mode("\(path)/part") == 0o600)
        }
    }

    @Test func `two archives of one name cannot be begun`() throws {
        try withTemporaryDirectory { directory in
            let set = try ArchiveSet(makingAt: directory)
            let partial = try set.begin(name)
            let path = "\(directory)/.\(name).partial"
            #expect(throws: StorageError.system(call: "mkdir", path: path, errno: EEXIST)) {
                try set.begin(name)
            }
            #expect(try names(in: directory) == [".\(name).partial"])
            withExtendedLifetime(partial) {}
        }
    }

    @Test(arguments: ["empty directory", "archive", "file"])
    func `a commit never replaces what has the name`(what: String) throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/\(name)"
            let set = try ArchiveSet(makingAt: directory)
            do {
                let partial = try set.begin(name)
                switch what {
                case "archive":
                    try makeDirectory(path)
                    try write("x", to: "\(path)/manifest.json")
                case "file": try write("x", to: path)
                default: try makeDirectory(path)
                }
                #expect(throws: StorageError.system(call: "rename", path: path, errno: EEXIST)) {
                    try partial.commit()
                }
            }
            #expect(try names(in: directory) == ["\(name)"])
            if what == "archive" { #expect(try names(in: path) == ["manifest.json"]) }
        }
    }
}

@Suite struct NewFileTests {
    private func withFile(_ body: (NewFile, _ directory: String) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let partial = try ArchiveSet(makingAt: directory)
                .begin(ArchiveName(seconds: 0, milliseconds: 0))
            try body(try partial.create("part"), "\(directory)/.19700101T000000.000Z.partial")
            withExtendedLifetime(partial) {}
        }
    }

    @Test func `pieces are written in any order`() throws {
        try withFile { file, directory in
            try file.write([UInt8](repeating: 3, count: 5000).span, at: 7000)
            try file.write([UInt8](repeating: 1, count: 5000).span, at: 0)
            file.startWriteback(0..<12000)
            try file.write([UInt8](repeating: 2, count: 2000).span, at: 5000)
            try file.write([UInt8]().span, at: 12000)
            try file.publish()
            let data = try Data(contentsOf: URL(fileURLWithPath: file.path))
            #expect(
                Array(data) == Array(repeating: 1, count: 5000) + Array(repeating: 2, count: 2000)
                    + Array(repeating: 3, count: 5000))
            #expect(try names(in: directory) == ["part"])
        }
    }

    @Test func `a file has its name only when it is published`() throws {
        try withFile { file, directory in
            #expect(try names(in: directory) == ["part.tmp"])
            #expect(file.path == "\(directory)/part")
            try file.publish()
            #expect(try names(in: directory) == ["part"])
        }
    }

    @Test func `two files of one name cannot be written at once`() throws {
        try withTemporaryDirectory { directory in
            let partial = try ArchiveSet(makingAt: directory)
                .begin(ArchiveName(seconds: 0, milliseconds: 0))
            let file = try partial.create("part")
            #expect(throws: StorageError.system(call: "create", path: file.path, errno: EEXIST)) {
                try partial.create("part")
            }
        }
    }

    @Test func `an error names the file and the system's reason`() throws {
        try withTemporaryDirectory { directory in
            let partial = try ArchiveSet(makingAt: directory)
                .begin(ArchiveName(seconds: 0, milliseconds: 0))
            let inner = "\(directory)/.19700101T000000.000Z.partial"
            #expect(
                throws: StorageError.system(
                    call: "create", path: "\(inner)/no/part", errno: ENOENT)
            ) { try partial.create("no/part") }
        }
        let error = StorageError.system(call: "write", path: "/a/part", errno: ENOSPC)
        #expect("\(error)" == "/a/part: write: No space left on device")
    }
}
