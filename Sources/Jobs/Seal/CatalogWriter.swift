import Archive
import Envelope
import LibCrypto
import OKMS
import Storage

/// Writes the catalog as a stream: lines, compressed, sealed as one message. One thread's own.
final class CatalogWriter {
    static let name = "catalog.esdk"

    private let file: NewFile?
    private let scratch: ScratchFile?
    private let zstd = ZstdStream(.compress(level: 6))
    let messageID: MessageID
    private var message: MessageWriter
    private var digest = SHA256()
    private var byteCount = 0
    private var pending: [UInt8] = []
    private var sealed: [UInt8] = []

    init(archiveID: String, codec: Manifest.Codec, key: ArchiveKey, in archive: PartialArchive?)
        throws
    {
        messageID = try .random()
        message = try MessageWriter(
            dataKey: key.dataKey, wrappedKeys: key.wrappedKeys, context: key.context,
            messageID: messageID)
        file = try archive?.create(Self.name)
        scratch = nil
        CatalogLine.append(
            .header(CatalogHeader(archiveID: archiveID, codec: codec.rawValue)), to: &pending)
    }

    /// A catalog for the length of a run, sealed as any other: names of files are nobody's business.
    init(
        archiveID: String, codec: Manifest.Codec, dataKey: borrowing SecretBytes,
        wrappedKeys: [WrappedKey], context: EncryptionContext, in scratch: ScratchFile
    ) throws {
        messageID = try .random()
        message = try MessageWriter(
            dataKey: dataKey, wrappedKeys: wrappedKeys, context: context, messageID: messageID)
        file = nil
        self.scratch = scratch
        CatalogLine.append(
            .header(CatalogHeader(archiveID: archiveID, codec: codec.rawValue)), to: &pending)
    }

    func append(_ record: CatalogRecord) throws {
        CatalogLine.append(record, to: &pending)
        try flushIfLarge()
    }

    func append(lines: [UInt8]) throws {
        pending += lines
        try flushIfLarge()
    }

    /// Ends the catalog, makes it durable and describes it.
    func finish(_ end: CatalogEnd) throws -> Manifest.File {
        CatalogLine.append(.end(end), to: &pending)
        try flush()
        try zstd.finish { try message.write($0, appendingTo: &sealed) }
        try message.finish(appendingTo: &sealed)
        try store()
        try file?.publish()
        return Manifest.File(
            name: Self.name, message: messageID.bytes, length: byteCount, sha256: digest.finish())
    }

    private func flushIfLarge() throws {
        if pending.count >= 256 << 10 { try flush() }
    }

    private func flush() throws {
        let lines = pending
        try zstd.write(lines.span) { try message.write($0, appendingTo: &sealed) }
        pending.removeAll(keepingCapacity: true)
        try store()
    }

    private func store() throws {
        let bytes = sealed
        digest.update(bytes.span)
        try file?.write(bytes.span, at: byteCount)
        try scratch?.write(bytes.span, at: byteCount)
        byteCount += bytes.count
        sealed.removeAll(keepingCapacity: true)
    }
}
