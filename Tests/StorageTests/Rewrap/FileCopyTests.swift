import Foundation
import Testing

@testable import Storage

@Suite struct FileCopyTests {
    private let name = ArchiveName(seconds: 0, milliseconds: 0)

    /// Copies a range of a file of three million bytes behind so many of another.
    private func copied(
        _ range: Range<Int>, to offset: Int,
        _ copy: (NewFile, Range<Int>, StoredFile, Int) throws -> Int
    ) throws -> (count: Int, bytes: Data, all: Data) {
        let directory = try makeTemporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let set = try ArchiveSet(makingAt: "\(directory)/set")
        let all = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) })
        try all.write(to: URL(fileURLWithPath: "\(directory)/old"))
        let partial = try set.begin(name)
        let file = try partial.create("new")
        let count = try copy(file, range, StoredFile(path: "\(directory)/old"), offset)
        try file.publish()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file.path))
        return (count, bytes, all)
    }

    private static let cases = [
        (0..<3_000_000, 0), (1..<3_000_000, 17), (100..<100, 5), (4096..<8192, 4096),
        (2_999_999..<3_000_000, 1),
    ]

    @Test(arguments: cases)
    func `a range is copied to where it shall be`(range: Range<Int>, offset: Int) throws {
        let found = try copied(range, to: offset) { try $0.copy($1, of: $2, to: $3) }
        #expect(found.count == range.count)
        #expect(found.bytes.dropFirst(offset) == found.all[range])
    }

    @Test(arguments: cases)
    func `through memory it is the same`(range: Range<Int>, offset: Int) throws {
        let found = try copied(range, to: offset) { try $0.copyThroughMemory($1, of: $2, to: $3) }
        #expect(found.count == range.count)
        #expect(found.bytes.dropFirst(offset) == found.all[range])
    }

    @Test func `a file that ends early tells how much there was`() throws {
        let range = 2_999_990..<3_000_100
        #expect(try copied(range, to: 0) { try $0.copy($1, of: $2, to: $3) }.count == 10)
        let found = try copied(range, to: 0) { try $0.copyThroughMemory($1, of: $2, to: $3) }
        #expect(found.count == 10 && found.bytes == found.all[2_999_990...])
    }
}
