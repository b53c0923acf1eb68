import Archive
import Envelope
import LibCrypto
import Storage

/// What a catalog that is whole tells of its archive besides its entries.
struct CatalogFacts {
    let file: StoredFile
    let message: String
    /// Ids of the parts' messages, in order; none in a catalog of an early writer.
    private(set) var messages: [String] = []
    /// Bytes of each part's plaintext.
    private(set) var plaintexts: [Int] = []
    private(set) var largestChunk = 1
    private(set) var entries = 0
    private(set) var contentByteCount = 0
    private(set) var tarByteCount = 0
    let codec: Manifest.Codec?

    /// Reads it to its end. Throws `integrity` unless it is the whole catalog of this archive.
    init(
        _ file: StoredFile, message: String, archiveID: String, messages expected: [String]?,
        dataKey: SecretHolder
    ) throws {
        self.file = file
        self.message = message
        let reader = try CatalogReader(file: file, archiveID: archiveID, messages: expected) {
            (header) throws(EnvelopeError) in
            guard header.claims.messageID.description == message else { throw .commitmentMismatch }
            return try header.verified(dataKey: dataKey.secret)
        }
        while let record = try reader.record() {
            switch record {
            case .part(let part): messages.append(part.message)
            case .chunk(let chunk):
                guard chunk.part < 1 << 24 else {
                    throw JobError.integrity(file.path, "names a part that cannot be")
                }
                while plaintexts.count <= chunk.part { plaintexts.append(0) }
                plaintexts[chunk.part] = max(plaintexts[chunk.part], chunk.stored.upperBound)
                largestChunk = max(largestChunk, chunk.tar.count)
                tarByteCount = chunk.tar.upperBound
            case .entry(let item):
                entries += 1
                contentByteCount += item.entry.size
            default: break
            }
        }
        guard largestChunk <= ChunkSearch.largestChunk else {
            throw JobError.integrity(file.path, "names a chunk that cannot be")
        }
        codec = reader.header.flatMap { Manifest.Codec(rawValue: $0.codec) }
    }
}
