import Archive
import LibCrypto
import Storage

/// Parts that a run which was not finished has left whole; another run goes on behind them.
struct KeptParts: Sendable {
    let archive: PartialArchive
    let archiveID: String
    let key: ArchiveKey
    let codec: Manifest.Codec
    /// In order; not empty.
    let files: [Manifest.File]
    /// Where each of them ends in the tar.
    let ends: [Int]
    /// Where the last of them ends in the tar.
    var tarByteCount: Int { ends.last ?? 0 }

    /// The first so many of them.
    func prefix(_ count: Int) -> KeptParts {
        KeptParts(
            archive: archive, archiveID: archiveID, key: key, codec: codec,
            files: Array(files.prefix(count)), ends: Array(ends.prefix(count)))
    }

    /// What their journals say, from the beginning.
    func read() -> JournalReader {
        JournalReader(archive, key, codec: codec, parts: files.count)
    }

    var storedByteCount: Int { files.reduce(0) { $0 + $1.length } }
}

extension CatalogWriter {
    /// Writes what the journals of kept parts say, and counts it as done; returns the number of chunks.
    func append(
        _ kept: KeptParts, _ typeBytes: inout TypeBytes, _ progress: RunProgress
    ) throws -> Int {
        let journal = kept.read()
        var types = FileTypes()
        var placed: [PlacedEntry] = []
        var (offset, chunks, entries) = (0, 0, 0)
        while let chunk = try journal.next() {
            if let part = chunk.part { try append(.part(part)) }
            try append(.chunk(chunk.record))
            for record in chunk.records {
                try append(record)
                if case .note(let problem) = record { progress.note(problem) }
            }
            for sealed in chunk.entries {
                let place = TarPlace(of: sealed.entry, at: offset)
                placed.append(
                    PlacedEntry(entry: sealed.entry.entry, place: place, number: entries))
                offset = place.end
                entries += 1
            }
            typeBytes.add(
                types.runs(of: chunk.record, placed), storedBytes: chunk.record.stored.count)
            placed.removeAll { $0.place.end <= chunk.record.tar.upperBound }
            progress.add(tarBytes: chunk.record.tar.count)
            chunks += 1
        }
        progress.add(storedBytes: kept.storedByteCount)
        return chunks
    }
}

/// The entries of kept parts one after the other, to hold a walk against. One thread's own.
final class SealedEntries {
    struct Sealed {
        let entry: CatalogEntry
        let identity: FileIdentity

        /// Whether a file that a walk has found is the one that was sealed, untouched.
        func isSame(_ found: Entry, _ identity: FileIdentity) -> Bool {
            found == entry.entry && identity == self.identity
        }
    }

    private let journal: JournalReader
    private var current: [Sealed] = []
    private var position = 0

    init(_ kept: KeptParts) { journal = kept.read() }

    init(_ journal: JournalReader) { self.journal = journal }

    /// The next one; nil after the last.
    var next: Sealed? {
        get throws {
            while position == current.count {
                guard let chunk = try journal.next() else { return nil }
                current = chunk.entries
                position = 0
            }
            return current[position]
        }
    }

    func advance() throws { position += 1 }
}
