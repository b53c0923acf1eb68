import Foundation
import Testing

@testable import Storage

@Suite struct StoredArchiveTests {
    private let older = ArchiveName(seconds: 1_000_000_000, milliseconds: 9)
    private let newer = ArchiveName(seconds: 1_000_000_000, milliseconds: 10)

    @Test func `a set stands for its newest archive`() throws {
        try withTemporaryDirectory { directory in
            let set = try makeSet(at: directory, [newer, older])
            let partial = try set.begin(ArchiveName(seconds: 2_000_000_000, milliseconds: 0))
            #expect(try StoredArchive(at: directory).path == "\(directory)/\(newer)")
            withExtendedLifetime(partial) {}
        }
    }

    @Test func `an archive stands for itself, under any name`() throws {
        try withTemporaryDirectory { directory in
            _ = try makeSet(at: directory, [older, newer])
            let path = "\(directory)/\(older)"
            #expect(try StoredArchive(at: path).path == path)
            #expect(try StoredArchive(at: path).names().map(\.text) == ["manifest.json"])
            try FileManager.default.moveItem(atPath: path, toPath: "\(directory)/copy")
            #expect(try StoredArchive(at: "\(directory)/copy").path == "\(directory)/copy")
        }
    }

    @Test func `an archive that lost its manifest is still found, to be called damaged`() throws {
        try withTemporaryDirectory { directory in
            let named = "\(directory)/\(older)"
            try makeDirectory(named)
            #expect(try StoredArchive(at: named).path == named)
            #expect(try StoredArchive(at: "\(named)/").path == "\(named)/")
            let copy = "\(directory)/copy"
            try makeDirectory(copy)
            try write("x", to: "\(copy)/part-00000.tar.zst.esdk")
            #expect(try StoredArchive(at: copy).path == copy)
        }
    }

    @Test func `where there is no archive it is missing`() throws {
        try withTemporaryDirectory { directory in
            #expect(
                throws: StorageError.missing(path: directory, reason: "there is no archive in it")
            ) { try StoredArchive(at: directory) }
            try write("x", to: "\(directory)/notes")
            for path in ["\(directory)/nothing", "\(directory)/notes", "\(directory)/notes/below"] {
                #expect(
                    throws: StorageError.missing(
                        path: path, reason: "there is no archive or archive set")
                ) { try StoredArchive(at: path) }
            }
        }
    }

    @Test func `who names the directory above a set is told of the set`() throws {
        try withTemporaryDirectory { directory in
            try makeDirectory("\(directory)/orders")
            try makeDirectory("\(directory)/orders/\(older)")
            try makeDirectory("\(directory)/other")
            #expect(
                throws: StorageError.missing(
                    path: directory,
                    reason: "there is no archive in it; name one of the sets in it, such as orders")
            ) { try StoredArchive(at: directory) }
        }
    }

    @Test func `a set whose only run was killed holds no archive`() throws {
        try withTemporaryDirectory { directory in
            try makeDirectory("\(directory)/.20260102T030405.678Z.partial")
            try write("", to: "\(directory)/.lock")
            #expect(throws: StorageError.self) { try StoredArchive(at: directory) }
        }
    }
}

@Suite struct StoredFileTests {
    private func withFile(_ bytes: [UInt8], _ body: (StoredFile) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            try Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/manifest.json"))
            try body(try StoredArchive(at: directory).open("manifest.json"))
        }
    }

    private func read(_ file: StoredFile, at offset: Int, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0xee, count: count)
        var span = bytes.mutableSpan
        let got = try file.read(at: offset, into: &span)
        #expect(bytes[got...].allSatisfy { $0 == 0xee })
        return Array(bytes.prefix(got))
    }

    @Test func `bytes are read from anywhere, up to the end`() throws {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try withFile(bytes) { (file) throws in
            #expect(file.byteCount == 10_000)
            #expect(try read(file, at: 0, count: 10_000) == bytes)
            #expect(try read(file, at: 77, count: 5) == Array(bytes[77..<82]))
            #expect(try read(file, at: 9_990, count: 100) == Array(bytes[9_990...]))
            #expect(try read(file, at: 10_000, count: 4) == [])
            #expect(try read(file, at: 1 << 40, count: 4) == [])
            #expect(try read(file, at: 3, count: 0) == [])
        }
    }

    @Test func `a whole file is read, unless it is too large`() throws {
        try withFile([1, 2, 3]) { (file) throws in
            #expect(try file.readAll(limit: 3) == [1, 2, 3])
            #expect(try file.readAll(limit: 2) == nil)
        }
        try withFile([]) { (file) throws in #expect(try file.readAll(limit: 0) == []) }
    }

    @Test func `a file that is not there is named`() throws {
        try withTemporaryDirectory { directory in
            let archive = try StoredArchive(
                at: makeSet(at: directory, [.init(seconds: 0, milliseconds: 0)]).path)
            #expect(
                throws: StorageError.system(
                    call: "open", path: "\(archive.path)/part", errno: ENOENT)
            ) { try archive.open("part") }
        }
    }

    @Test func `what is not a file is refused at once`() throws {
        try withTemporaryDirectory { directory in
            try write("", to: "\(directory)/manifest.json")
            try makeDirectory("\(directory)/part")
            #expect(unsafe mkfifo("\(directory)/fifo", 0o600) == 0)
            let archive = try StoredArchive(at: directory)
            for name in ["part", "fifo", ".."] {
                #expect(
                    throws: StorageError.missing(
                        path: "\(directory)/\(name)", reason: "is not a file")
                ) { try archive.open(name) }
            }
        }
    }

    @Test func `names are bytes, whether or not they are text`() throws {
        try withTemporaryDirectory { directory in
            let names: [[UInt8]] = [
                [0x65, 0xcc, 0x81], Array("manifest.json".utf8), [0xc3, 0xa9], [0xfe], [0xff],
            ]
            for name in names {
                let path = (Array("\(directory)/".utf8) + name).map { CChar(bitPattern: $0) } + [0]
                let file = unsafe creat(path, 0o600)
                #expect(file >= 0)
                close(file)
            }
            let found = try StoredArchive(at: directory).names()
            #expect(found.map(\.bytes) == names)
            #expect(found.map(\.text) == ["e\u{301}", "manifest.json", "\u{e9}", nil, nil])
            #expect(found.suffix(2).map(\.description) == ["\\xfe", "\\xff"])
            #expect(Set(found).count == names.count)
            try removeDirectory(directory)
        }
    }
}
