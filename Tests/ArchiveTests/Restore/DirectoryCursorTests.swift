import Glibc
import Testing

@testable import Archive

@Suite struct DirectoryCursorTests {
    private func withCursor(_ body: (String, DirectoryCursor) throws -> Void) throws {
        try withTemporaryDirectory { path in
            let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
            try body(path, DirectoryCursor(root: root, path: path))
        }
    }

    private func inode(_ file: FileDescriptor) -> UInt {
        var status = stat()
        return unsafe fstat(file.number, &status) == 0 ? UInt(status.st_ino) : 0
    }

    @Test func `directories are found wherever the next path leads`() throws {
        try withCursor { (path, cursor) throws in
            let paths = [
                "a/b/c/f", "a/b/c/g", "a/b/h", "i", "a/b/c/d/e/j", "a/bb/k", "ab/l", "a/b/c/m",
                "a/m",
            ]
            for entry in paths {
                let directory = try cursor.parent(of: EntryPath(bytes(entry)), creating: true)
                let folder = entry.split(separator: "/").dropLast().joined(separator: "/")
                #expect(inode(directory) == FileFacts("\(path)/\(folder)/.")?.inode, "\(entry)")
            }
            #expect(FileFacts("\(path)/a/b/c/d")?.mode == 0o700)
        }
    }

    @Test func `nothing is made unless that was asked for`() throws {
        try withCursor { (path, cursor) throws in
            #expect(throws: ArchiveError.system(call: "open", path: "\(path)/a", errno: ENOENT)) {
                try cursor.parent(of: EntryPath(bytes("a/b/c")), creating: false)
            }
            #expect(try names(in: path) == [])
        }
    }

    @Test func `a way that ended leaves the cursor fit for the next`() throws {
        try withCursor { (path, cursor) throws in
            _ = try cursor.parent(of: EntryPath(bytes("a/b/f")), creating: true)
            try write("x", to: "\(path)/a/file")
            #expect(
                throws: ArchiveError.system(
                    call: "open", path: "\(path)/a/file", errno: ENOTDIR)
            ) { try cursor.parent(of: EntryPath(bytes("a/file/c/f")), creating: true) }
            let directory = try cursor.parent(of: EntryPath(bytes("a/b/f")), creating: false)
            #expect(inode(directory) == FileFacts("\(path)/a/b")?.inode)
        }
    }

    @Test func `links are never followed, wherever they stand and lead`() throws {
        try withCursor { (path, cursor) throws in
            try makeDirectory("\(path)/real")
            try makeDirectory("\(path)/real/inner")
            for (name, target) in [
                ("up", ".."), ("self", "."), ("near", "real"), ("far", "/tmp"), ("gone", "nowhere"),
            ] {
                try link(target: bytes(target))("\(path)/\(name)")
                try link(target: bytes(target))("\(path)/real/\(name)")
                for entry in ["\(name)/f", "\(name)/inner/f", "real/\(name)/f"] {
                    for creating in [false, true] {
                        #expect(throws: ArchiveError.self, "\(entry)") {
                            try cursor.parent(of: EntryPath(bytes(entry)), creating: creating)
                        }
                    }
                }
            }
            #expect(FileFacts("\(path)/nowhere") == nil)
        }
    }

    @Test func `deep directories are made and found`() throws {
        try withCursor { (path, cursor) throws in
            let directory = try cursor.parent(of: EntryPath(Sample.deepPath), creating: true)
            try cursor.make(bytes("last"), in: directory)
            #expect(directory.openChild(bytes("last"), O_RDONLY | O_DIRECTORY) != nil)
            _ = try cursor.parent(of: EntryPath(bytes("f")), creating: false)
            let again = try cursor.parent(of: EntryPath(Sample.deepPath), creating: false)
            #expect(inode(again) == inode(directory))
        }
    }
}
