import Glibc
import Testing

@testable import Archive

/// Trees that change while they are walked, or may not be read.
@Suite struct ChangingSourceTests {
    private func walk(_ path: String, during: (Entry) throws -> Void) throws -> Walked {
        try Walked([SourceWalker.Root(path: path, name: bytes("r"))], during: during)
    }

    @Test func `files, links and directories that vanish are left out and reported`() throws {
        try withTemporaryDirectory { path in
            for name in ["a", "b", "z"] { try write(name, to: "\(path)/\(name)") }
            try makeDirectory("\(path)/d")
            try link(target: bytes("x"))("\(path)/l")
            let walked = try walk(path) { entry in
                guard entry.path == bytes("r/a") else { return }
                unsafe unlink("\(path)/b")
                unsafe unlink("\(path)/l")
                unsafe rmdir("\(path)/d")
            }
            #expect(walked.paths == ["r", "r/a", "r/z"])
            #expect(walked.problems.map(\.path) == ["r/b", "r/d", "r/l"].map(bytes))
            #expect(walked.problems.allSatisfy { $0.kind == .vanished && $0.makesRunPartial })
        }
    }

    @Test func `a FIFO that takes a file's place is not waited for`() throws {
        try withTemporaryDirectory { path in
            for name in ["a", "b", "c"] { try write(name, to: "\(path)/\(name)") }
            let walked = try walk(path) { entry in
                guard entry.path == bytes("r/a") else { return }
                unsafe unlink("\(path)/b")
                unsafe mkfifo("\(path)/b", 0o600)
            }
            #expect(walked.paths == ["r", "r/a", "r/c"])
            #expect(
                walked.problems == [
                    ReadProblem(path: bytes("r/b"), kind: .vanished, detail: "no longer a file")
                ])
        }
    }

    @Test func `a link that takes a file's or directory's place is not followed`() throws {
        try withTemporaryDirectory { path in
            try makeDirectory("\(path)/r")
            try makeDirectory("\(path)/r/d")
            try write("secret", to: "\(path)/secret")
            for name in ["a", "b", "d/f"] { try write(name, to: "\(path)/r/\(name)") }
            let walked = try walk("\(path)/r") { entry in
                guard entry.path == bytes("r/a") else { return }
                unsafe unlink("\(path)/r/b")
                try link(target: bytes("../secret"))("\(path)/r/b")
                unsafe rename("\(path)/r/d", "\(path)/moved")
                try link(target: bytes(".."))("\(path)/r/d")
            }
            #expect(walked.paths == ["r", "r/a", "r/d"])
            #expect(walked.entry("r/d")?.kind == .symbolicLink(target: bytes("..")))
            #expect(walked.problems.map(\.path) == [bytes("r/b")])
            #expect(!walked.contents.values.contains(bytes("secret")))
        }
    }

    @Test func `what may not be read is reported and the rest is walked`() async throws {
        let path = try makeOpenDirectory()
        defer { removeTree(path) }
        await #expect(processExitsWith: .success) { [path = path as String] in
            becomeNobody()
            for directory in ["closed", "open"] { try makeDirectory("\(path)/\(directory)") }
            for file in ["closed/f", "file", "open/f", "other"] {
                try write(file, to: "\(path)/\(file)")
            }
            unsafe chmod("\(path)/file", 0o000)
            unsafe chmod("\(path)/closed", 0o300)
            let walked = try Walked(path)
            #expect(walked.paths == ["r", "r/open", "r/open/f", "r/other"])
            #expect(
                walked.problems
                    == ["r/closed", "r/file"].map {
                        ReadProblem(
                            path: bytes($0), kind: .unreadable, detail: "Permission denied")
                    })
            // A directory whose files may be listed but not reached.
            unsafe chmod("\(path)/open", 0o400)
            #expect(try Walked("\(path)/open").problems.map(\.kind) == [.unreadable])
            unsafe chmod("\(path)/closed", 0o000)
            #expect(throws: ArchiveError.self) { try Walked("\(path)/closed") }
            unsafe chmod("\(path)/open", 0o700)
        }
    }

    @Test func `an error of the visitor ends the walk`() throws {
        struct Oops: Error {}
        try withTemporaryDirectory { path in
            try write("a", to: "\(path)/a")
            #expect(throws: Oops.self) { try walk(path) { _ in throw Oops() } }
        }
    }

    @Test func `files of the system that are longer than they say are cut`() throws {
        // A file of /proc has size 0 and content.
        let walked = try Walked("/proc/self/status")
        #expect(walked.entries.map(\.size) == [0])
        #expect(walked.problems.map(\.kind) == [.grew])
    }
}
