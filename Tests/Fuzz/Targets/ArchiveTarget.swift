import Archive
import Foundation

extension FuzzTarget {
    /// What parts hold: zstd frames, or a tar itself, down to files in a directory.
    ///
    /// An input that begins like a zstd frame is decompressed first; the checksums of tar headers are put
    /// right, so that they do not keep everything else from being tried.
    static let archive = FuzzTarget(name: "archive", check: checkArchive, seeds: archiveSeeds)
}

/// More than any input needs, little enough to be quick.
private let limit = 1 << 20

@Sendable private func checkArchive(_ input: [UInt8]) throws {
    try checkChunk(input)
    let tar = withRightChecksums(decompressed(input) ?? input)
    let found = try scan(tar, step: tar.count)
    try promise(
        found == scan(tar, step: 1 + (input.last.map(Int.init) ?? 0)),
        "a tar is scanned the same in whatever pieces it comes")
    var end = 0
    for item in found {
        try promise(item.start == end, "entries lie one behind the other")
        end =
            TarPlace(
                of: CatalogEntry(entry: item.entry, headerByteCount: item.headerByteCount),
                at: item.start
            ).end
        try checkWriting(item.entry)
    }
    try checkLibarchive(tar)
    try restore(found, of: tar)
}

// MARK: zstd

private struct TooLong: Error {}

/// What the streaming reader makes of the input; nil where it is no zstd or too long.
private func decompressed(_ input: [UInt8]) -> [UInt8]? {
    guard input.starts(with: CompressedFrame.magic) else { return nil }
    var output: [UInt8] = []
    let stream = ZstdStream(.decompress)
    func take(_ piece: Span<UInt8>) throws {
        guard output.count + piece.count <= limit else { throw TooLong() }
        for index in piece.indices { output.append(piece[index]) }
    }
    do {
        try stream.write(input.span, take)
        try stream.finish(take)
    } catch {
        return nil
    }
    return output
}

/// Opens the chunk that may begin here, as a worker does and as a search for lost chunks does.
private func checkChunk(_ input: [UInt8]) throws {
    guard
        case .whole(let byteCount, let count) = CompressedFrame(at: input.span, limit: limit)
    else { return }
    try promise(byteCount <= input.count && count <= limit, "a whole frame lies in its bytes")
    let frame = input.span.extracting(0..<byteCount)
    let content: [UInt8]
    do {
        content = try [UInt8](capacity: count) { output throws(ArchiveError) in
            try ChunkDecompressor().decompress(frame, count: count, appendingTo: &output)
        }
    } catch {
        return
    }
    try promise(content.count == count, "a chunk holds as many bytes as its frame says")
    try promise(
        decompressed(Array(input[..<byteCount])) == content, "a chunk reads the same as a stream")
}

// MARK: tar

private struct Found: Equatable {
    let entry: Entry
    let headerByteCount: Int
    let start: Int
}

private func withRightChecksums(_ tar: [UInt8]) -> [UInt8] {
    var tar = tar
    for start in stride(from: 0, to: tar.count - 511, by: 512)
    where tar[start + 257..<start + 262].elementsEqual("ustar".utf8) {
        let field = start + 148..<start + 156
        for place in field { tar[place] = UInt8(ascii: " ") }
        let sum = tar[start..<start + 512].reduce(0) { $0 + Int($1) }
        tar.replaceSubrange(field, with: Array(String(format: "%06o\0 ", sum).utf8))
    }
    return tar
}

private func scan(_ tar: [UInt8], step: Int) throws -> [Found] {
    var found: [Found] = []
    var scanner = TarScanner(limit: 64)
    var place = 0
    while place < tar.count {
        let end = min(place + step, tar.count)
        try scanner.take(tar.span.extracting(place..<end)) { item, start in
            found.append(
                Found(entry: item.entry, headerByteCount: item.headerByteCount, start: start))
        }
        place = end
    }
    return found
}

/// An entry that is written again is found as it was. One with lists may say another mode than they do,
/// which no file has: it is found as they say.
private func checkWriting(_ entry: Entry) throws {
    guard let again = try rewritten(entry) else { return }
    if entry.attributes.isEmpty {
        try promise(again == entry, "an entry is found as it was written: \(entry)")
    } else {
        try promise(
            again.path == entry.path && again.kind == entry.kind && again.size == entry.size
                && again.attributes == entry.attributes,
            "an entry with attributes is found as it was written: \(entry)")
    }
    try promise(rewritten(again) == again, "the second time nothing is other: \(entry)")
}

/// What is found of an entry that is written; nil for one that libarchive does not write.
private func rewritten(_ entry: Entry) throws -> Entry? {
    var tar: [UInt8] = []
    do throws(ArchiveError) {
        try TarHeaderWriter().write(entry, to: &tar)
    } catch {
        return nil
    }
    let found = try scan(tar, step: tar.count)
    try promise(found.count == 1, "an entry that is written is found: \(entry)")
    return found.first?.entry
}

/// libarchive reads it to an end or an error.
private func checkLibarchive(_ tar: [UInt8]) throws {
    var rest = [tar]
    do {
        let reader = try TarReader { rest.popLast() }
        while let header = try reader.next() {
            try promise(header == header, "a header is what it is")
        }
    } catch is ArchiveError {}
}

// MARK: files

/// Restores into a directory beside which nothing may appear.
private func restore(_ found: [Found], of tar: [UInt8]) throws {
    let content = found.reduce(0) { $0 + min($1.entry.size, 1 << 40) }
    guard !found.isEmpty, content < limit else { return }
    let place = try RestorePlace()
    defer { place.remove() }
    place.restore(found.map { ($0.entry, dataStart: $0.start + $0.headerByteCount) }, of: tar)
    try promise(place.isUntouched, "nothing is written outside the directory")
}

@Sendable private func archiveSeeds() throws -> [[UInt8]] {
    let time = Entry.Time(seconds: 1_767_323_045, nanoseconds: 123_456_789)
    func entry(
        _ path: String, _ kind: Entry.Kind, size: Int = 0, extents: [Range<Int>]? = nil,
        attributes: [Entry.Attribute] = []
    ) -> Entry {
        Entry(
            path: Array(path.utf8), kind: kind, mode: 0o644, userID: 1000, groupID: 100,
            userName: Array("someone".utf8), modified: time, size: size, extents: extents,
            attributes: attributes)
    }
    let long = String(repeating: "long/", count: 40) + "name"
    let list: [UInt8] =
        [2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 232, 3, 0, 0]
        + [4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 6, 0, 255, 255, 255, 255]
        + [32, 0, 4, 0, 255, 255, 255, 255]
    let sets = [
        [entry("d", .directory), entry("d/file", .file, size: 5), entry("e", .file)],
        [entry("h", .hardLink(target: Array("f".utf8))), entry("p", .fifo)],
        [entry("l", .symbolicLink(target: Array("../f".utf8))), entry("l/f", .file, size: 1)],
        [entry(long, .file, size: 3), entry("c", .characterDevice(.init(major: 1, minor: 3)))],
        [entry("sparse", .file, size: 9000, extents: [0..<10, 4096..<4106])],
        [
            entry(
                "x", .file, size: 1,
                attributes: [
                    .init(name: Array("user.a=b".utf8), value: [0, 10, 255]),
                    .init(name: Array("system.posix_acl_access".utf8), value: list),
                ])
        ],
    ]
    return try sets.flatMap { entries in
        let writer = TarHeaderWriter()
        var tar: [UInt8] = []
        for entry in entries {
            try writer.write(entry, to: &tar)
            tar += [UInt8](repeating: 0x78, count: entry.storedByteCount)
            tar += [UInt8](repeating: 0, count: (512 - tar.count % 512) % 512)
        }
        let whole = tar
        let compressed = try [UInt8](capacity: ChunkCompressor.bound(whole.count)) { output in
            try ChunkCompressor(level: 3).compress(
                whole.span, holdsManyFiles: false, appendingTo: &output)
        }
        return [whole, compressed]
    }
}
