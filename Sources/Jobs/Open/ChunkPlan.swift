import Archive

/// An entry and where it lies in the tar.
struct PlacedEntry: Sendable {
    let entry: Entry
    let place: TarPlace
    /// Which of the archive's entries it is; the first is 0.
    let number: Int

    /// Whether the entry's header begins within the chunk.
    func begins(in chunk: ChunkRecord) -> Bool { chunk.tar.contains(place.header.lowerBound) }

    /// Whether all of the entry's header lies within the chunk.
    func isHeaded(by chunk: ChunkRecord) -> Bool {
        begins(in: chunk) && place.header.upperBound <= chunk.tar.upperBound
    }
}

/// Walks a catalog chunk by chunk, with the entries that have bytes in each. One thread's own.
final class ChunkPlan {
    private let archive: OpenArchive
    private let catalog: CatalogReader
    private var current: OpenPart?
    private var fileTypes = FileTypes()
    private var typeBytes = TypeBytes()

    /// What was counted so far.
    var typeTotals: [FileTypeTotal] { fileTypes.totals(with: typeBytes) }

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
                    entry: item.entry, place: TarPlace(of: item, at: offset),
                    number: catalog.entryCount - 1)
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

    /// Counts by type of file a chunk that is opened, with its entries.
    func countTypes(of chunk: ChunkRecord, _ entries: [PlacedEntry]) {
        // Whoever opens it will refuse it.
        let sizes = archive.manifest.sizes
        guard chunk.tar.count <= sizes.chunk,
            chunk.stored.count <= ChunkCompressor.bound(sizes.chunk)
        else { return }
        typeBytes.add(
            fileTypes.runs(of: chunk, entries), storedBytes: chunk.stored.count)
    }
}

extension FileTypes {
    /// Whose bytes a chunk holds; counts the entries that begin in it.
    mutating func runs(of chunk: ChunkRecord, _ entries: [PlacedEntry]) -> [TypeBytes.Run] {
        var runs: [TypeBytes.Run] = []
        var end = chunk.tar.lowerBound
        for item in entries {
            let type = item.begins(in: chunk) ? add(item.entry) : index(of: item.entry)
            let range = (item.place.header.lowerBound..<item.place.end).clamped(to: chunk.tar)
            runs.append(TypeBytes.Run(type: type, tarBytes: range.count))
            end = max(end, range.upperBound)
        }
        // The end of the tar.
        runs.append(
            TypeBytes.Run(type: FileTypes.noFile, tarBytes: chunk.tar.upperBound - end))
        return runs
    }
}
