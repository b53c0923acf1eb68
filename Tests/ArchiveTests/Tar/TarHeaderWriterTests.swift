import Foundation
import Testing

@testable import Archive

@Suite struct TarHeaderWriterTests {
    private func header(of entry: Entry, with writer: TarHeaderWriter) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try writer.write(entry, to: &bytes)
        return bytes
    }

    @Test(arguments: Sample.entries + Sample.listed)
    func `a header is whole blocks and depends on nothing written before`(entry: Entry) throws {
        let writer = TarHeaderWriter()
        let first = try header(of: entry, with: writer)
        #expect(first.count > 0 && first.count % TarHeaderWriter.blockByteCount == 0)
        for other in Sample.entries.prefix(8) { _ = try header(of: other, with: writer) }
        #expect(try header(of: entry, with: writer) == first)
        #expect(try header(of: entry, with: TarHeaderWriter()) == first)
    }

    @Test func `a header is appended behind what is there`() throws {
        let writer = TarHeaderWriter()
        let header = try header(of: Sample.entries[1], with: writer)
        var bytes: [UInt8] = [1, 2, 3]
        try writer.write(Sample.entries[1], to: &bytes)
        #expect(bytes == [1, 2, 3] + header)
    }

    @Test func `a large file costs no more than a small one`() throws {
        // libarchive would write zeroes for data that it is not given.
        let writer = TarHeaderWriter()
        for _ in 0..<100 {
            let entry = Entry(
                path: bytes("huge"), kind: .file, mode: 0o644, modified: Sample.time, size: 1 << 50)
            #expect(try header(of: entry, with: writer).count <= 2048)
        }
    }

    /// libarchive does not give back the memory of the output of a writer that it was told to fail.
    @Test func `headers of large files leave no memory behind`() async {
        await #expect(processExitsWith: .success) {
            func residentPages() throws -> Int {
                let numbers = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
                return Int(numbers.split(separator: " ")[1]) ?? 0
            }
            let writer = TarHeaderWriter()
            func write(_ count: Int) throws {
                for _ in 0..<count {
                    var header: [UInt8] = []
                    let entry = Entry(
                        path: bytes("huge"), kind: .file, mode: 0o644, modified: Sample.time,
                        size: 1 << 50)
                    try writer.write(entry, to: &header)
                }
            }
            try write(1000)
            let before = try residentPages()
            try write(40_000)
            // 40,000 times 80 bytes are 781 pages.
            #expect(try residentPages() - before < 300)
        }
    }

    @Test func `a list that is no ACL is written as the attribute it is`() throws {
        let lists: [[UInt8]] = [
            [], [2, 0, 0, 0, 1], [1, 0, 0, 0], [2, 0, 0, 0, 99, 0, 7, 0, 0, 0, 0, 0],
        ]
        for value in lists {
            let attribute = Entry.Attribute(name: PosixACL.accessName, value: value)
            #expect(PosixACL(attribute: attribute) == nil)
            let entry = Entry(
                path: bytes("f"), kind: .file, mode: 0o644, modified: Sample.time,
                attributes: [attribute])
            let text = String(
                decoding: try header(of: entry, with: TarHeaderWriter()), as: UTF8.self)
            #expect(text.contains("SCHILY.xattr.system.posix_acl_access="))
        }
        #expect(PosixACL(attribute: Sample.accessList) != nil)
        #expect(PosixACL(attribute: Sample.accessList)?.permissions(0o664) == 0o644)
        #expect(PosixACL(attribute: Sample.defaultList)?.permissions(0o2750) == 0o2750)
        #expect(
            PosixACL(attribute: Entry.Attribute(name: bytes("user.x"), value: [2, 0, 0, 0])) == nil)
    }
}
