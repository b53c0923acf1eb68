import Archive

extension FuzzTarget {
    /// Lines of catalogs and journals.
    static let catalog = FuzzTarget(name: "catalog", check: checkCatalog, seeds: catalogSeeds)
}

@Sendable private func checkCatalog(_ input: [UInt8]) throws {
    var place = 0
    var offset = 0
    while place < input.count {
        let end = input[place...].firstIndex(of: UInt8(ascii: "\n")) ?? input.count
        let line = place..<end
        place = end + 1
        let record = CatalogLine.parse(input, in: line)
        if let record {
            var text: [UInt8] = []
            CatalogLine.append(record, to: &text)
            try promise(text.last == UInt8(ascii: "\n"), "a record is a line")
            try promise(
                CatalogLine.parse(text, in: 0..<text.count - 1) == record,
                "a record that is written again reads the same")
            if case .entry(let entry) = record { offset = TarPlace(of: entry, at: offset).end }
        }
        guard let journal = JournalLine.parse(input, in: line) else {
            try promise(record == nil, "a journal takes every line of a catalog")
            continue
        }
        if case .catalog(let same) = journal {
            try promise(same == record, "a journal reads a line of a catalog as a catalog does")
        }
        var text: [UInt8] = []
        JournalLine.append(journal, to: &text)
        try promise(
            JournalLine.parse(text, in: 0..<text.count - 1) == journal,
            "a journal's record that is written again reads the same")
    }
}

@Sendable private func catalogSeeds() throws -> [[UInt8]] {
    let time = Entry.Time(seconds: -1, nanoseconds: 999_999_999)
    func entry(
        _ path: [UInt8], _ kind: Entry.Kind, size: Int = 0, extents: [Range<Int>]? = nil
    ) -> CatalogRecord {
        .entry(
            CatalogEntry(
                entry: Entry(
                    path: path, kind: kind, mode: 0o4755, userID: 1000, groupID: 100,
                    userName: Array("me".utf8), groupName: [0xff], modified: time, size: size,
                    extents: extents,
                    attributes: [.init(name: Array("user.a".utf8), value: [0, 255])]),
                headerByteCount: 1536))
    }
    let path = Array("a/\u{1}\"ü".utf8)
    let records: [CatalogRecord] = [
        .header(CatalogHeader(archiveID: "6e1b2c4d", codec: "zstd")),
        .part(PartRecord(number: 0, message: "abcd")),
        .chunk(ChunkRecord(part: 0, stored: 0..<100, tar: 0..<2048)),
        entry(path, .file, size: 9000, extents: [0..<10, 4096..<4106]), entry([0xfe], .directory),
        entry(path, .symbolicLink(target: [0xff])), entry(path, .hardLink(target: path)),
        entry(path, .blockDevice(.init(major: 259, minor: 1))), entry(path, .fifo),
        entry(path, .characterDevice(.init(major: 1, minor: 3))),
        .note(ReadProblem(path: path, kind: .shrank, detail: "3 bytes")),
        .end(CatalogEnd(entries: 7, chunks: 1, tarByteCount: 2048)),
    ]
    let journal: [JournalRecord] = [
        .identities([FileIdentity(inode: 12, changed: time)]),
        .stored(byteCount: 100, sha256: "abcd"),
    ]
    return (records.map { JournalRecord.catalog($0) } + journal).map { record in
        var text: [UInt8] = []
        JournalLine.append(record, to: &text)
        return text
    }
}
