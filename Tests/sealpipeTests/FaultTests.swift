import Foundation
import Testing

/// Disks and file systems that fail: a clear error, the right status, nothing wrong kept.
@Suite struct FaultTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
        try place.write("data/noise", noise(900_000))
        try place.write("data/small", "small\n")
        try place.shell("setfattr -n user.note -v hello data/small")
        try place.write(
            "job.yaml",
            """
            version: 1
            name: faults
            input: { paths: [data] }
            stages:
              - chunk: { size: 64KiB }
              - compress
              - encrypt: { frame: 16KiB, part: 128KiB }
            output: { archive: set }
            """)
        #expect(try place.sealpipe("keys", "create").status == 0)
    }

    private static let errors = ["EIO": "5", "ENOSPC": "28", "EDQUOT": "122", "ESTALE": "116"]

    @Test(arguments: [
        ("pwrite", "EIO", 13), ("pwrite", "ENOSPC", 16), ("pwrite", "EDQUOT", 16),
        ("pwrite", "ESTALE", 13), ("fsync", "EIO", 13), ("rename", "EIO", 13),
        ("renameat2", "EIO", 13), ("mkdir", "ENOSPC", 16), ("open", "ENOSPC", 16),
    ])
    func `where a set cannot be written there is no archive, and the next run makes it`(
        call: String, error: String, status: Int
    ) throws {
        let earlier = try place.sealpipe("run", "job.yaml")
        #expect(earlier.status == 0)
        let number = try #require(Self.errors[error])
        let ending = try place.sealpipe(
            "run job.yaml", meeting: number, on: call,
            in: call == "renameat2" ? "set/2" : "set/.2")
        #expect(ending.status == status, "\(ending)")
        #expect(ending.err.split(separator: "\n").contains { $0.contains("error: ") })
        #expect(place.names("set").count { !$0.hasPrefix(".") } == 1)
        let next = try place.sealpipe("run", "job.yaml")
        #expect(next.status == 0, "\(next)")
        #expect(try place.sealpipe("verify", "set").status == 0)
        #expect(try place.sealpipe("verify", earlier.lastLine).status == 0)
    }

    @Test func `short reads and writes change nothing`() throws {
        let sealed = try place.sealpipe(
            "run job.yaml", meeting: "short", on: "write,pwrite,pwrite64,read,pread,pread64")
        #expect(sealed.status == 0, "\(sealed)")
        let verified = try place.sealpipe(
            "verify set", meeting: "short", on: "read,pread,pread64")
        #expect(verified.status == 0, "\(verified)")
        let restored = try place.sealpipe(
            "restore set back", meeting: "short", on: "write,pwrite,pwrite64,read,pread,pread64")
        #expect(restored.status == 0, "\(restored)")
        #expect(try place.same("data", "back/data"))
    }

    @Test(arguments: [("pread", "EIO", 13), ("pread", "ESTALE", 13)])
    func `an archive that cannot be read is not called damaged`(
        call: String, error: String, status: Int
    ) throws {
        let sealed = try place.sealpipe("run", "job.yaml")
        let number = try #require(Self.errors[error])
        let ending = try place.sealpipe(
            "restore set back", meeting: number, on: call, in: "\(sealed.lastLine)/part")
        #expect(ending.status == status, "\(ending)")
        #expect(try place.shell("find back/data -type f").out == "")
    }

    @Test(arguments: [
        ("pwrite", "ENOSPC", 16), ("pwrite", "EIO", 13), ("futimens", "EIO", 3),
        ("renameat2", "EIO", 13), ("syncfs", "EIO", 13), ("syncfs", "ENOSPC", 16),
    ])
    func `a restore that cannot write says so`(call: String, error: String, status: Int) throws {
        #expect(try place.sealpipe("run", "job.yaml").status == 0)
        let number = try #require(Self.errors[error])
        let ending = try place.sealpipe("restore set back", meeting: number, on: call, in: "back")
        #expect(ending.status == status, "\(ending)")
    }

    @Test func `a source that fails while it is read is told of`() throws {
        let ending = try place.sealpipe(
            "run job.yaml", meeting: "5", on: "pread", in: "data/noise", from: 8)
        #expect(ending.status == 3, "\(ending)")
        #expect(ending.err.contains("data/noise: unreadable"), "\(ending)")
    }

    @Test func `attributes that cannot be read are told of`() throws {
        let ending = try place.sealpipe(
            "run job.yaml", meeting: "5", on: "fgetxattr", in: "data")
        #expect(ending.status == 3, "\(ending)")
        #expect(ending.err.contains("data/small: unreadable: extended attributes"), "\(ending)")
    }

    @Test func `too many open files is told of`() throws {
        let ending = try place.sealpipe(
            "run job.yaml", meeting: "24", on: "open,openat", in: "data/small")
        #expect(ending.status == 3, "\(ending)")
        #expect(ending.err.contains("Too many open files"), "\(ending)")
    }
}
