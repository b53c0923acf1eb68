import Archive
import Envelope
import LibCrypto
import Storage

/// Reads the journals of finished parts, chunk by chunk, in the order of the tar. One thread's own.
///
/// Throws an integrity error where a journal is not what a run wrote.
final class JournalReader {
    /// A chunk, and what was noted of it.
    struct Chunk {
        /// Where the chunk is the first of its part.
        var part: PartRecord?
        let record: ChunkRecord
        /// Entries and notes, as the catalog has them.
        var records: [CatalogRecord] = []
        var entries: [SealedEntries.Sealed] = []
    }

    private let archive: PartialArchive
    private let key: ArchiveKey
    private let codec: Manifest.Codec
    private let parts: Int
    private var lines: SealedLineReader?
    private var part: PartRecord?
    private var message = ""
    /// Where the chunks read so far end in the tar.
    private(set) var tarByteCount = 0
    /// The parts whose chunks have all been read.
    private(set) var files: [Manifest.File] = []
    /// Where each of them ends in the tar.
    private(set) var ends: [Int] = []

    /// Reads the journals of the first so many `parts`.
    init(_ archive: PartialArchive, _ key: ArchiveKey, codec: Manifest.Codec, parts: Int) {
        self.archive = archive
        self.key = key
        self.codec = codec
        self.parts = parts
    }

    /// The next chunk; nil after the last one.
    func next() throws -> Chunk? {
        while files.count < parts {
            if let chunk = try readChunk(try lines ?? open()) { return chunk }
            lines = nil
        }
        return nil
    }

    private func open() throws -> SealedLineReader {
        let file = try archive.openJournal(PartJournal.name(files.count))
        let lines = try SealedLineReader(file) { [key] header throws(EnvelopeError) in
            try header.verified(dataKey: key.dataKey, expecting: key.context)
        }
        guard case .catalog(.part(let part)) = try record(of: lines), part.number == files.count
        else { throw lines.damaged("is not the journal of part \(files.count)") }
        self.part = part
        message = part.message
        self.lines = lines
        return lines
    }

    /// The next chunk of a part; nil where its journal has come to its end.
    private func readChunk(_ lines: SealedLineReader) throws -> Chunk? {
        let start: ChunkRecord
        switch try record(of: lines) {
        case .catalog(.chunk(let record)): start = record
        case .stored(let byteCount, let sha256):
            guard try lines.next() == nil else { throw lines.damaged("goes on after its end") }
            files.append(
                Manifest.File(
                    name: codec.partName(files.count), message: message, length: byteCount,
                    sha256: sha256))
            ends.append(tarByteCount)
            return nil
        default: throw lines.damaged("holds a line where none of its kind belongs")
        }
        guard start.part == files.count, start.tar.lowerBound == tarByteCount else {
            throw lines.damaged("leaves out a piece of the tar")
        }
        tarByteCount = start.tar.upperBound
        var chunk = Chunk(part: part, record: start)
        part = nil
        while true {
            switch try record(of: lines) {
            case .catalog(let record):
                switch record {
                case .entry, .note: chunk.records.append(record)
                default: throw lines.damaged("holds a line where none of its kind belongs")
                }
            case .identities(let identities):
                let entries = chunk.records.compactMap { record in
                    if case .entry(let entry) = record { entry } else { nil }
                }
                guard entries.count == identities.count else {
                    throw lines.damaged("does not tell which files its entries were")
                }
                chunk.entries = zip(entries, identities).map(SealedEntries.Sealed.init)
                return chunk
            default: throw lines.damaged("holds a line where none of its kind belongs")
            }
        }
    }

    private func record(of lines: SealedLineReader) throws -> JournalRecord {
        guard let line = try lines.next() else { throw lines.damaged("has no end") }
        guard let record = JournalLine.parse(lines.text, in: line) else {
            throw lines.damaged("holds a line that is no record")
        }
        return record
    }
}
