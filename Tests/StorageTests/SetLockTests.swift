import Foundation
import Testing

@testable import Storage

@Suite struct SetLockTests {
    @Test func `a second lock is refused and told who holds the first`() throws {
        try withTemporaryDirectory { directory in
            let set = try ArchiveSet(makingAt: directory)
            let lock = try set.lock()
            let expected = StorageError.locked(
                path: directory, holder: "process \(getpid()) on \(hostName())")
            #expect(throws: expected) { try set.lock() }
            #expect("\(expected)".hasPrefix("\(directory) is in use by process \(getpid())"))
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `a lock whose file was removed still keeps others out`() throws {
        try withTemporaryDirectory { directory in
            let set = try ArchiveSet(makingAt: directory)
            let lock = try set.lock()
            try FileManager.default.removeItem(atPath: "\(directory)/.lock")
            #expect(throws: StorageError.self) { try set.lock() }
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `a lock dies with its last reference`() throws {
        try withTemporaryDirectory { directory in
            let set = try ArchiveSet(makingAt: directory)
            for _ in 0..<3 {
                let lock = try set.lock()
                withExtendedLifetime(lock) {}
            }
            // The file stays: removing it would let two runs lock two files of one name.
            #expect(try names(in: directory) == [".lock"])
        }
    }

    @Test func `a lock dies with its process, however that ends`() async throws {
        let directory = try makeTemporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
            let lock = try ArchiveSet(makingAt: directory).lock()
            withExtendedLifetime(lock) { _ = kill(getpid(), SIGKILL) }
        }
        let text = try String(contentsOfFile: "\(directory)/.lock", encoding: .utf8)
        #expect(text.hasPrefix("process "))
        #expect(!text.hasPrefix("process \(getpid()) "))
        let lock = try ArchiveSet(at: directory).lock()
        let now = try String(contentsOfFile: "\(directory)/.lock", encoding: .utf8)
        #expect(now == "process \(getpid()) on \(hostName())\n")
        withExtendedLifetime(lock) {}
    }

    @Test func `another process cannot take a lock that is held`() async throws {
        let directory = try makeTemporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let lock = try ArchiveSet(makingAt: directory).lock()
        let holder = "process \(getpid()) on \(hostName())"
        await #expect(processExitsWith: .success) {
            [directory = directory as String, holder = holder as String] in
            #expect(throws: StorageError.locked(path: directory, holder: holder)) {
                try ArchiveSet(at: directory).lock()
            }
        }
        withExtendedLifetime(lock) {}
    }

    @Test func `a shorter holder leaves nothing of a longer one`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/.lock"
            try write(String(repeating: "x", count: 5000) + "\n", to: path)
            let lock = try ArchiveSet(at: directory).lock()
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text == "process \(getpid()) on \(hostName())\n")
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `a link in the lock's place is not followed`() throws {
        try withTemporaryDirectory { directory in
            try write("precious", to: "\(directory)/victim")
            try makeDirectory("\(directory)/set")
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/set/.lock", withDestinationPath: "\(directory)/victim")
            #expect(
                throws: StorageError.system(
                    call: "open", path: "\(directory)/set/.lock", errno: ELOOP)
            ) { try ArchiveSet(at: "\(directory)/set").lock() }
            #expect(
                try String(contentsOfFile: "\(directory)/victim", encoding: .utf8) == "precious")
        }
    }

    @Test func `a directory is locked without leaving anything in it`() throws {
        try withTemporaryDirectory { directory in
            let lock = try SetLock(directory: directory)
            #expect(throws: StorageError.locked(path: directory, holder: "another process")) {
                try SetLock(directory: directory)
            }
            #expect(try names(in: directory) == [])
            withExtendedLifetime(lock) {}
        }
    }

    private func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        _ = unsafe gethostname(&name, name.count)
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
