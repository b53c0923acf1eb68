import Archive
import Envelope
import Pipeline
import Storage

/// Reads a catalog record by record, in the memory of one frame. One thread's own.
final class CatalogReader {
    private let lines: SealedLineReader
    private let archiveID: String
    private var hasHeader = false
    private let messages: [String]?
    private var parts = 0
    /// How many entries were read so far, skipped ones too.
    private(set) var entryCount = 0
    private var chunks = 0
    private var tarByteCount = 0
    private var hasEnded = false
    private(set) var header: CatalogHeader?

    /// `messages` are the ids that the parts must have, in order; nil where nobody else knows them.
    init(
        file: StoredFile, archiveID: String, messages: [String]?,
        verify: @escaping (UnverifiedHeader) throws(EnvelopeError) -> VerifiedMessage
    ) throws(Shortage) {
        lines = try SealedLineReader(file, verify: verify)
        self.archiveID = archiveID
        self.messages = messages
    }

    /// The next part, chunk, entry or note; nil after the last one, when the catalog was complete.
    ///
    /// `skipping` lines whose beginning says that the caller does not want them saves most of the time.
    func record(skipping prefix: [UInt8]? = nil) throws -> CatalogRecord? {
        while let line = try lines.next() {
            guard !hasEnded else { throw damaged("goes on after its end") }
            if let prefix, line.count > prefix.count,
                lines.text[line.lowerBound..<line.lowerBound + prefix.count].elementsEqual(prefix)
            {
                entryCount += 1
                continue
            }
            guard let record = CatalogLine.parse(lines.text, in: line) else {
                throw damaged("holds a line that is no record")
            }
            switch record {
            case .header(let header):
                guard !hasHeader, header.archiveID == archiveID else {
                    throw damaged("belongs to another archive")
                }
                hasHeader = true
                self.header = header
                continue
            case .end(let end):
                guard
                    end
                        == CatalogEnd(
                            entries: entryCount, chunks: chunks, tarByteCount: tarByteCount)
                else { throw damaged("does not hold what its end says") }
                guard parts == 0 || messages.map({ $0.count == parts }) ?? true else {
                    throw damaged("does not name all parts")
                }
                hasEnded = true
                continue
            case .part(let part):
                guard part.number == parts else { throw damaged("leaves out a part") }
                guard messages.map({ parts < $0.count && $0[parts] == part.message }) ?? true else {
                    throw damaged("names another message as part \(part.number) than the manifest")
                }
                parts += 1
            case .chunk(let chunk):
                guard chunk.tar.lowerBound == tarByteCount else {
                    throw damaged("leaves out a piece of the tar")
                }
                // Early writers named no parts.
                guard parts == 0 || chunk.part == parts - 1 else {
                    throw damaged("puts a chunk into a part that it has not named")
                }
                chunks += 1
                tarByteCount = chunk.tar.upperBound
            case .entry: entryCount += 1
            case .note: break
            }
            guard hasHeader else { throw damaged("has no header") }
            return record
        }
        guard hasEnded else { throw damaged("has no end") }
        return nil
    }

    /// The prefix of the lines of plain files.
    static let filePrefix = Array(#"{"type":"file","#.utf8)

    func damaged(_ reason: String) -> JobError { lines.damaged(reason) }
}
