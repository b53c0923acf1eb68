import Archive
import Envelope
import Pipeline
import Storage

/// Reads a catalog record by record, in the memory of one frame. One thread's own.
final class CatalogReader {
    private let file: StoredFile
    private let archiveID: String
    private var message: MessageReader
    private let zstd = ZstdStream(.decompress)
    private var position = 0
    private let stored = Buffer(capacity: 1 << 20)
    private var plaintext: [UInt8] = []
    /// How much of `plaintext` has been decompressed.
    private var decompressed = 0
    private var text: [UInt8] = []
    private var next = 0
    private var hasHeader = false
    private let messages: [String]?
    private var parts = 0
    private var entries = 0
    private var chunks = 0
    private var tarByteCount = 0
    private var hasEnded = false
    private(set) var header: CatalogHeader?

    /// `messages` are the ids that the parts must have, in order; nil where nobody else knows them.
    init(
        file: StoredFile, archiveID: String, messages: [String]?,
        verify: @escaping (UnverifiedHeader) throws(EnvelopeError) -> VerifiedMessage
    ) {
        self.file = file
        self.archiveID = archiveID
        self.messages = messages
        message = MessageReader(verifyingWith: verify)
    }

    /// The next part, chunk, entry or note; nil after the last one, when the catalog was complete.
    ///
    /// `skipping` lines whose beginning says that the caller does not want them saves most of the time.
    func record(skipping prefix: [UInt8]? = nil) throws -> CatalogRecord? {
        while let line = try nextLine() {
            guard !hasEnded else { throw damaged("goes on after its end") }
            if let prefix, line.count > prefix.count,
                text[line.lowerBound..<line.lowerBound + prefix.count].elementsEqual(prefix)
            {
                entries += 1
                continue
            }
            guard let record = CatalogLine.parse(text, in: line) else {
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
                    end == CatalogEnd(entries: entries, chunks: chunks, tarByteCount: tarByteCount)
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
            case .entry: entries += 1
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

    private func nextLine() throws -> Range<Int>? {
        var searched = next
        while true {
            if let end = text[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { next = end + 1 }
                return next..<end
            }
            searched = text.count - next
            text.removeSubrange(..<next)
            next = 0
            guard try refill() else {
                guard text.isEmpty else { throw damaged("ends within a line") }
                return nil
            }
        }
    }

    /// Adds text; false at the end. Decompresses a few bytes at a time, for they can become a
    /// thousand times as many.
    private func refill() throws -> Bool {
        let before = text.count
        while text.count == before {
            guard decompressed < plaintext.count else {
                guard try readMessage() else { return false }
                continue
            }
            let slice = decompressed..<min(decompressed + 4096, plaintext.count)
            decompressed = slice.upperBound
            let compressed = Array(plaintext[slice])
            do {
                try zstd.write(compressed.span) { text.append(copying: $0) }
            } catch {
                throw damaged("\(error)")
            }
        }
        return true
    }

    /// Opens the next piece of the message into `plaintext`; false when the message has ended.
    private func readMessage() throws -> Bool {
        guard position < file.byteCount else {
            do {
                try message.finish()
                try zstd.finish { _ in }
            } catch {
                throw damaged("\(error)")
            }
            return false
        }
        let position = position
        let count = try stored.withMutableBytes(0..<stored.capacity) { bytes in
            try file.read(at: position, into: &bytes)
        }
        guard count > 0 else { throw damaged("became shorter while it was read") }
        stored.count = count
        self.position += count
        plaintext.removeAll(keepingCapacity: true)
        decompressed = 0
        do {
            try stored.withBytes { try message.read($0, appendingTo: &plaintext) }
        } catch {
            throw damaged("\(error)")
        }
        return true
    }

    func damaged(_ reason: String) -> JobError { .integrity(file.path, reason) }
}

extension [UInt8] {
    fileprivate mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
