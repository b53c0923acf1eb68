import Glibc
import Synchronization
import Testing

@testable import Archive

/// What a walk gave.
struct Walked {
    var entries: [Entry] = []
    var contents: [[UInt8]: [UInt8]] = [:]
    var files: [[UInt8]: SourceFile] = [:]
    var problems: [ReadProblem] = []

    var paths: [String] { entries.map(\.displayPath) }

    func entry(_ path: String) -> Entry? { entries.first { $0.path == bytes(path) } }

    /// Walks roots; `during` is called with each entry before the walk goes on.
    init(
        _ roots: [SourceWalker.Root], _ options: SourceWalker.Options = SourceWalker.Options(),
        during: (Entry) throws -> Void = { _ in }
    ) throws {
        final class Reported {
            var problems: [ReadProblem] = []
        }
        let reported = Reported()
        let walker = SourceWalker(options: options) { reported.problems.append($0) }
        try walker.walk(roots) { entry, _, content, file in
            entries.append(entry)
            if let file {
                files[entry.path] = file
            } else if entry.kind == .file {
                contents[entry.path] = bytes(of: content)
            }
            try during(entry)
        }
        problems = reported.problems
    }

    init(_ path: String, _ options: SourceWalker.Options = SourceWalker.Options()) throws {
        try self.init([SourceWalker.Root(path: path, name: bytes("r"))], options)
    }
}

@Suite struct SourceWalkerTests {
    @Test func `a tree is walked in path order, directories before what they hold`() throws {
        try withTemporaryDirectory { path in
            for directory in ["b", "b/c", "a.d", "a"] { try makeDirectory("\(path)/\(directory)") }
            for file in ["a/z", "a.d/x", "a-b", "b/c/f", "b/B", "b/c.txt", "Z", "é", "z"] {
                try write("content of \(file)", to: "\(path)/\(file)")
            }
            let walked = try Walked(path)
            #expect(
                walked.paths == [
                    "r", "r/Z", "r/a", "r/a/z", "r/a-b", "r/a.d", "r/a.d/x", "r/b", "r/b/B",
                    "r/b/c",
                    "r/b/c/f", "r/b/c.txt", "r/z", "r/é",
                ])
            #expect(walked.contents[bytes("r/b/c/f")] == bytes("content of b/c/f"))
            #expect(walked.contents.count == 9)
            #expect(walked.problems == [])
        }
    }

    @Test func `names of any bytes are walked in the order of their bytes`() throws {
        try withTemporaryDirectory { path in
            for name in Sample.names { try write(name, to: bytes("\(path)/") + name) }
            let walked = try Walked(path)
            let sorted = Sample.names.sorted { $0.lexicographicallyPrecedes($1) }
            #expect(walked.entries.dropFirst().map(\.path) == sorted.map { bytes("r/") + $0 })
            for name in Sample.names {
                #expect(walked.contents[bytes("r/") + name] == name)
            }
        }
    }

    @Test func `entries say what the system says`() throws {
        try withTemporaryDirectory { path in
            try write("12345", to: "\(path)/f")
            unsafe chmod("\(path)/f", 0o4751)
            let times = [timespec](repeating: timespec(tv_sec: -5, tv_nsec: 123_456_789), count: 2)
            unsafe utimensat(AT_FDCWD, "\(path)/f", times, 0)
            let entry = try #require(try Walked(path).entry("r/f"))
            let facts = try #require(FileFacts("\(path)/f"))
            #expect(entry.kind == .file)
            #expect(entry.size == 5)
            #expect(entry.mode == 0o4751)
            #expect(entry.modified == Entry.Time(seconds: -5, nanoseconds: 123_456_789))
            #expect(entry.userID == facts.userID && entry.groupID == facts.groupID)
            #expect(isRoot ? entry.userName == bytes("root") : true)
            #expect(entry.extents == nil && entry.attributes == [])
        }
    }

    @Test func `links, FIFOs and devices are seen and never opened`() throws {
        try withTemporaryDirectory { path in
            // Opening a FIFO without a writer would block, reading /dev/zero never end.
            #expect(unsafe mkfifo("\(path)/fifo", 0o600) == 0)
            if isRoot { #expect(unsafe mknod("\(path)/zero", S_IFCHR | 0o600, 0x105) == 0) }
            try link(target: bytes("/dev/zero"))("\(path)/link")
            try link(target: bytes("nowhere\n") + [0xff])("\(path)/odd")
            let walked = try Walked(path)
            #expect(walked.entry("r/fifo")?.kind == .fifo)
            #expect(walked.entry("r/link")?.kind == .symbolicLink(target: bytes("/dev/zero")))
            #expect(
                walked.entry("r/odd")?.kind == .symbolicLink(target: bytes("nowhere\n") + [0xff]))
            if isRoot {
                #expect(
                    walked.entry("r/zero")?.kind
                        == .characterDevice(Entry.Device(major: 1, minor: 5)))
            }
            #expect(walked.entries.dropFirst().allSatisfy { $0.size == 0 })
        }
    }

    @Test func `a socket is left out with a word`() throws {
        try withTemporaryDirectory { path in
            let socket = FileDescriptor(
                Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let name = bytes("\(path)/socket")
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
                unsafe field.copyBytes(from: name)
            }
            let bound = unsafe withUnsafePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(socket.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(bound == 0)
            let walked = try Walked(path)
            #expect(walked.paths == ["r"])
            #expect(
                walked.problems == [
                    ReadProblem(path: bytes("r/socket"), kind: .skipped, detail: "a socket")
                ])
            #expect(walked.problems.allSatisfy { !$0.makesRunPartial })
        }
    }

    @Test(arguments: [true, false])
    func `further names of a file are links to the first, across roots too`(
        readsContent: Bool
    ) throws {
        try withTemporaryDirectory { path in
            for directory in ["a", "b"] { try makeDirectory("\(path)/\(directory)") }
            try write("x", to: "\(path)/a/one")
            #expect(unsafe Glibc.link("\(path)/a/one", "\(path)/a/two") == 0)
            #expect(unsafe Glibc.link("\(path)/a/one", "\(path)/b/three") == 0)
            try link(target: bytes("t"))("\(path)/a/sym")
            #expect(unsafe Glibc.link("\(path)/a/sym", "\(path)/b/sym") == 0)
            #expect(unsafe mkfifo("\(path)/a/fifo", 0o600) == 0)
            #expect(unsafe Glibc.link("\(path)/a/fifo", "\(path)/b/fifo") == 0)
            let walked = try Walked(
                ["a", "b"].map { SourceWalker.Root(path: "\(path)/\($0)", name: bytes($0)) },
                SourceWalker.Options(readsContent: readsContent))
            #expect(walked.entry("a/one")?.kind == .file)
            #expect(walked.entry("a/two")?.kind == .hardLink(target: bytes("a/one")))
            #expect(walked.entry("b/three")?.kind == .hardLink(target: bytes("a/one")))
            #expect(walked.entry("b/three")?.size == 0)
            #expect(walked.entry("b/sym")?.kind == .hardLink(target: bytes("a/sym")))
            #expect(walked.entry("b/fifo")?.kind == .hardLink(target: bytes("a/fifo")))
        }
    }

    @Test func `a link to a name that was left out is a file of its own`() throws {
        try withTemporaryDirectory { path in
            try write("x", to: "\(path)/a")
            #expect(unsafe Glibc.link("\(path)/a", "\(path)/b") == 0)
            #expect(unsafe Glibc.link("\(path)/a", "\(path)/c") == 0)
            let walked = try Walked(
                path, SourceWalker.Options(excludes: { path, _ in path == bytes("r/a") }))
            #expect(walked.entry("r/b")?.kind == .file)
            #expect(walked.entry("r/c")?.kind == .hardLink(target: bytes("r/b")))
        }
    }

    @Test func `roots may be files, and links to files or directories, which are followed`() throws
    {
        try withTemporaryDirectory { path in
            try makeDirectory("\(path)/dir")
            try write("x", to: "\(path)/dir/f")
            try write("file", to: "\(path)/dir/file")
            try link(target: bytes("dir"))("\(path)/to-dir")
            try link(target: bytes("to-dir/file"))("\(path)/to-file")
            let walked = try Walked(
                ["dir/file", "to-dir", "to-file"].map {
                    SourceWalker.Root(
                        path: "\(path)/\($0)",
                        name: bytes("n-\($0.prefix(3))") + bytes("\($0.count)"))
                })
            #expect(
                walked.paths == ["n-dir8", "n-to-6", "n-to-6/f", "n-to-6/file", "n-to-7"])
            #expect(walked.entry("n-to-6")?.kind == .directory)
            #expect(walked.contents[bytes("n-dir8")] == bytes("file"))
            #expect(walked.contents[bytes("n-to-7")] == bytes("file"))
        }
    }

    @Test func `a file root in a directory of any name is found from within it`() async throws {
        let path = try makeTemporaryDirectory()
        defer { removeTree(path) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            let odd = bytes("\(path)/") + [0xff, 0xfe]
            #expect(unsafe withName(odd) { unsafe mkdir($0, 0o700) } == 0)
            try write(bytes("x"), to: odd + bytes("/f"))
            #expect(unsafe withName(odd) { unsafe chdir($0) } == 0)
            let walked = try Walked("f")
            #expect(walked.contents[bytes("r")] == bytes("x"))
        }
    }

    @Test func `a root that is not there ends the walk`() throws {
        try withTemporaryDirectory { path in
            try link(target: bytes("gone"))("\(path)/dangling")
            for name in ["nothing", "dangling"] {
                #expect(
                    throws: ArchiveError.system(
                        call: "stat", path: "\(path)/\(name)", errno: ENOENT)
                ) { try Walked("\(path)/\(name)") }
            }
        }
    }

    @Test func `what is excluded is not looked into`() throws {
        try withTemporaryDirectory { path in
            try makeDirectory("\(path)/out")
            try makeDirectory("\(path)/in")
            for file in ["out/a", "in/b.tmp", "in/c"] { try write("x", to: "\(path)/\(file)") }
            final class Asked: Sendable {
                let count = Atomic(0)
            }
            let asked = Asked()
            let options = SourceWalker.Options(excludes: { path, isDirectory in
                asked.count.add(1, ordering: .relaxed)
                return path == bytes("r/out") && isDirectory
                    || path.suffix(4).elementsEqual(bytes(".tmp"))
            })
            let walked = try Walked(path, options)
            #expect(walked.paths == ["r", "r/in", "r/in/c"])
            #expect(walked.problems == [])
            // The root, the two directories and what is in the one that is walked.
            #expect(asked.count.load(ordering: .relaxed) == 5)
            let nothing = try Walked(path, SourceWalker.Options(excludes: { _, _ in true }))
            #expect(nothing.entries == [])
        }
    }

    @Test func `large files are handed on open, small ones read`() throws {
        try withTemporaryDirectory { path in
            let limit = SourceWalker.smallFileByteCount
            for count in [0, 1, limit, limit + 1] {
                try write((0..<count).map(Sample.byte(at:)), to: bytes("\(path)/\(count)"))
            }
            let walked = try Walked(path)
            for count in [0, 1, limit] {
                #expect(walked.contents[bytes("r/\(count)")]?.count == count)
            }
            #expect(walked.contents[bytes("r/\(limit)")] == (0..<limit).map(Sample.byte(at:)))
            #expect(walked.files.keys.map { $0 } == [bytes("r/\(limit + 1)")])
            #expect(walked.files.values.first?.size == limit + 1)
            let unread = try Walked(path, SourceWalker.Options(readsContent: false))
            #expect(unread.entries == walked.entries)
            #expect(unread.files.isEmpty && unread.contents.values.allSatisfy(\.isEmpty))
        }
    }

    @Test(
        .enabled(
            if: FileFacts("/dev/pts/.")?.inode != nil
                && SourceWalkerTests.device("/dev/pts") != SourceWalkerTests.device("/dev"),
            "/dev/pts is not a file system of its own"))
    func `a walk stays on one file system when asked to`() throws {
        for stays in [false, true] {
            let walked = try Walked(
                "/dev", SourceWalker.Options(staysOnOneFileSystem: stays, readsContent: false))
            #expect(walked.paths.contains("r/null"))
            #expect(walked.paths.contains("r/pts"), "the place it is mounted on")
            #expect(walked.paths.contains { $0.hasPrefix("r/pts/") } == !stays)
        }
    }

    static func device(_ path: String) -> dev_t? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_dev : nil
    }
}
