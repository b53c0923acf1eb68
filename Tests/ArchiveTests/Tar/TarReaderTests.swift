import Archive
import TestSupport
import Testing

@Suite struct TarReaderTests {
    private func headers(of tar: [UInt8], step: Int = 10_240) throws -> [TarReader.Header] {
        var position = 0
        let reader = try TarReader {
            if position >= tar.count { return nil }
            defer { position += step }
            return Array(tar[position..<min(tar.count, position + step)])
        }
        var headers: [TarReader.Header] = []
        while let header = try reader.next() { headers.append(header) }
        return headers
    }

    @Test(arguments: Sample.entries + Sample.listed)
    func `what is written is read back`(entry: Entry) throws {
        #expect(try headers(of: Sample.tar(of: [entry])) == [TarReader.Header(of: entry)])
    }

    @Test(arguments: [1, 100, 512, 100_000])
    func `a tar of every kind of entry is read back, in whatever pieces`(step: Int) throws {
        let entries = Sample.entries + Sample.listed
        let read = try headers(of: Sample.tar(of: entries), step: step)
        #expect(read == entries.map(TarReader.Header.init(of:)))
    }

    @Test func `headers tell entries apart`() throws {
        let entry = Entry(
            path: bytes("a"), kind: .file, mode: 0o644, userID: 1, groupID: 2,
            modified: Sample.time, size: 3)
        var others = [Entry](repeating: entry, count: 8)
        others[0].path = bytes("b")
        others[1].kind = .fifo
        others[2].mode = 0o645
        others[3].userID = 3
        others[4].groupID = 3
        others[5].modified = Entry.Time(seconds: 1, nanoseconds: 123_456_789)
        others[6].modified = Entry.Time(seconds: 1_767_323_045, nanoseconds: 123_456_788)
        others[7].size = 4
        let header = try headers(of: Sample.tar(of: [entry]))
        for other in others { #expect(header != [TarReader.Header(of: other)]) }
        var link = entry
        link.kind = .symbolicLink(target: bytes("x"))
        let other = try headers(of: Sample.tar(of: [link]))
        link.kind = .symbolicLink(target: bytes("y"))
        #expect(other != [TarReader.Header(of: link)])
        link.kind = .hardLink(target: bytes("x"))
        #expect(other != [TarReader.Header(of: link)])
    }

    @Test func `sizes beyond 8 GiB are read back`() throws {
        let sizes = [(8 << 30) - 1, 8 << 30, (8 << 30) + 1, 1 << 50]
        for size in sizes {
            let entry = Entry(
                path: bytes("huge"), kind: .file, mode: 0o644, modified: Sample.time, size: size)
            var header: [UInt8] = []
            try TarHeaderWriter().write(entry, to: &header)
            var isRead = false
            let reader = try TarReader {
                defer { isRead = true }
                return isRead ? nil : header
            }
            #expect(try reader.next() == TarReader.Header(of: entry))
        }
    }

    @Test func `pieces of no bytes are not the end`() throws {
        let tar = try Sample.tar(of: [Sample.entries[0]])
        var pieces = [[], Array(tar[..<700]), [], [], Array(tar[700...])].reversed().map { $0 }
        let reader = try TarReader { pieces.popLast() }
        #expect(try reader.next() == TarReader.Header(of: Sample.entries[0]))
        #expect(try reader.next() == nil)
    }

    @Test func `nothing at all is a tar without entries`() throws {
        #expect(try headers(of: []) == [])
        #expect(try headers(of: [UInt8](repeating: 0, count: 1024)) == [])
    }

    @Test func `an error of the source passes through`() throws {
        struct Oops: Error {}
        #expect(throws: Oops.self) { _ = try TarReader { throw Oops() }.next() }
        let tar = try Sample.tar(of: [Sample.entries[2], Sample.entries[0]])
        var isRead = false
        let reader = try TarReader {
            if isRead { throw Oops() }
            isRead = true
            return Array(tar[..<1600])
        }
        #expect(throws: Oops.self) { while try reader.next() != nil {} }
    }

    @Test func `owners that no system has do not stop the reader`() throws {
        var tar = try Sample.tar(of: [
            Entry(path: bytes("a"), kind: .file, mode: 0o644, modified: Sample.time)
        ])
        // The user id, 8 bytes at 108 of the last header: base-256, larger than 32 bits.
        let header = tar.count - 1024 - 512
        for (index, byte) in [0x80, 0, 0, 1, 0, 0, 0, 0].enumerated() {
            tar[header + 108 + index] = UInt8(byte)
        }
        fixChecksum(&tar, at: header)
        #expect(try headers(of: tar).map(\.userID) == [.max])
    }

    @Test func `a damaged tar is refused or read, and never anything worse`() throws {
        var random = SeededGenerator(seed: 15)
        let tar = try Sample.tar(of: Array(Sample.entries.prefix(14)) + Sample.listed)
        for round in rounds(400) {
            var damaged = tar
            for _ in 0..<3 {
                random.mutate(
                    &damaged, words: [[0], bytes("99999999999"), [0xff, 0xff, 0xff, 0xff]])
            }
            if round.isMultiple(of: 2) {
                for block in stride(from: 0, to: damaged.count - 512, by: 512)
                where damaged[block..<block + 8].contains(where: { $0 != 0 }) {
                    fixChecksum(&damaged, at: block)
                }
            }
            do { _ = try headers(of: damaged) } catch is ArchiveError {}
        }
    }

    /// POSIX: the sum of the bytes of the header, its own field counted as spaces.
    private func fixChecksum(_ tar: inout [UInt8], at header: Int) {
        let field = header + 148..<header + 156
        tar.replaceSubrange(field, with: [UInt8](repeating: 0x20, count: 8))
        let sum = tar[header..<header + 512].reduce(0) { $0 + Int($1) }
        let octal = String(sum, radix: 8)
        let text = String(repeating: "0", count: 6 - octal.count) + octal
        tar.replaceSubrange(field, with: bytes(text) + [0, 0x20])
    }
}
