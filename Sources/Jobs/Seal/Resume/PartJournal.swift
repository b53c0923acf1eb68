import Archive
import Locking
import Storage

/// Writes what one part holds, while it is made, for a run that may have to go on behind it.
///
/// One thread appends; when it has ended the part, another one publishes.
final class PartJournal: Sendable {
    private let lines: Monitor<SealedLines>
    private let archive: PartialArchive
    private let name: String

    init(_ part: PartRecord, key: ArchiveKey, in archive: PartialArchive) throws {
        name = Self.name(part.number)
        self.archive = archive
        lines = Monitor(try SealedLines(level: 1, key: key, in: archive.createJournal(name)))
        try append { JournalLine.append(.catalog(.part(part)), to: &$0) }
    }

    static func name(_ part: Int) -> String { "part-\(part).esdk" }

    /// Notes a chunk of the part with the catalog's lines about it.
    func append(_ chunk: ChunkRecord, _ packed: PackedChunk) throws {
        try append { bytes in
            JournalLine.append(.catalog(.chunk(chunk)), to: &bytes)
            bytes += packed.lines
            for problem in packed.problems {
                JournalLine.append(.catalog(.note(problem)), to: &bytes)
            }
            JournalLine.append(.identities(packed.identities), to: &bytes)
        }
    }

    /// Notes, when the part is durable, what became of it; from now on it outlasts the run.
    func publish(_ part: Manifest.File) throws {
        try append { bytes in
            JournalLine.append(
                .stored(byteCount: part.length, sha256: part.sha256), to: &bytes)
        }
        _ = try lines.update { try $0.finish(named: name) }
        try archive.sync()
    }

    private func append(_ body: (inout [UInt8]) -> Void) throws {
        try lines.update { try $0.append(body) }
    }
}
