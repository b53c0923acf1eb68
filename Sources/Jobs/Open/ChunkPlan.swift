import Archive

/// An entry and where it lies in the tar.
struct PlacedEntry: Sendable {
    let entry: Entry
    let place: TarPlace

    /// Whether the entry's header begins within the chunk.
    func begins(in chunk: ChunkRecord) -> Bool { chunk.tar.contains(place.header.lowerBound) }
}

/// Walks a catalog chunk by chunk, with the entries that have bytes in each. One thread's own.
final class ChunkPlan {
    private let archive: OpenArchive
    private let catalog: CatalogReader
    private var current: OpenPart?

    init(_ archive: OpenArchive) throws {
        self.archive = archive
        catalog = try archive.readCatalog()
    }

    /// Calls `body` for each chunk, in the order of the tar, with the entries in that order.
    func forEach(_ body: (ChunkRecord, [PlacedEntry]) throws -> Void) throws {
        var chunk: ChunkRecord?
        var entries: [PlacedEntry] = []
        var offset = 0
        func finish() throws {
            guard let chunk else { return }
            try body(chunk, entries)
            entries.removeAll { $0.place.end <= chunk.tar.upperBound }
        }
        while let record = try catalog.record() {
            switch record {
            case .chunk(let next):
                try finish()
                chunk = next
            case .entry(let item):
                let entry = PlacedEntry(
                    entry: item.entry, place: TarPlace(of: item, at: offset))
                offset = entry.place.end
                guard let chunk, entry.begins(in: chunk) else {
                    throw catalog.damaged("puts '\(item.entry.displayPath)' into the wrong chunk")
                }
                entries.append(entry)
            default: break
            }
        }
        try finish()
        guard entries.isEmpty else { throw catalog.damaged("names data that is not there") }
    }

    /// The part a chunk lies in, opened once for all its chunks.
    func part(of chunk: ChunkRecord) throws -> OpenPart {
        if let current, current.number == chunk.part { return current }
        let part = try archive.openPart(chunk.part)
        current = part
        return part
    }
}
