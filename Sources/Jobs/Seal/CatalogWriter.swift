import Archive
import Envelope
import LibCrypto
import OKMS
import Storage

/// Writes the catalog as a stream. One thread's own.
final class CatalogWriter {
    static let name = "catalog.esdk"

    private let lines: SealedLines

    /// The id of its message, hexadecimal.
    var message: String { lines.messageID.description }

    init(archiveID: String, codec: Manifest.Codec, key: ArchiveKey, in archive: PartialArchive?)
        throws
    {
        lines = try SealedLines(level: 6, key: key, in: archive?.create(Self.name))
        try append(.header(CatalogHeader(archiveID: archiveID, codec: codec.rawValue)))
    }

    /// A catalog for the length of a run, sealed as any other: names of files are nobody's business.
    init(
        archiveID: String, codec: Manifest.Codec, dataKey: borrowing SecretBytes,
        wrappedKeys: [WrappedKey], context: EncryptionContext, in scratch: ScratchFile
    ) throws {
        lines = try SealedLines(
            level: 6, dataKey: dataKey, wrappedKeys: wrappedKeys, context: context, in: scratch)
        try append(.header(CatalogHeader(archiveID: archiveID, codec: codec.rawValue)))
    }

    func append(_ record: CatalogRecord) throws {
        try lines.append { CatalogLine.append(record, to: &$0) }
    }

    func append(lines: [UInt8]) throws { try self.lines.append { $0 += lines } }

    /// Ends the catalog, makes it durable and describes it.
    func finish(_ end: CatalogEnd) throws -> Manifest.File {
        try append(.end(end))
        return try lines.finish(named: Self.name)
    }
}
