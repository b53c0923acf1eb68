import Archive
import Envelope
import LibCrypto
import OKMS
import Storage

/// An archive whose manifest and catalog header have been found to belong together, and whose data
/// key has been unwrapped.
final class OpenArchive: Sendable {
    let stored: StoredArchive
    let manifest: Manifest
    let codec: Manifest.Codec
    let context: EncryptionContext
    let wrappedKeys: [WrappedKey]
    let dataKey: SecretBytes
    /// Where the pieces of an archive are that is opened past damage; nil where damage ends everything.
    private let salvage: Salvage?

    /// What stands in for damaged pieces.
    struct Salvage: Sendable {
        let parts: PartFinder
        /// The catalog that was found whole, or rebuilt.
        let catalog: (file: StoredFile, message: String)
        /// Whether the manifest is the archive's own, and not a replica's or rebuilt.
        let hasOwnManifest: Bool
    }

    /// An archive that was opened past damage: what is not proven here proves itself later.
    init(
        salvaged stored: StoredArchive, manifest: Manifest, codec: Manifest.Codec,
        context: EncryptionContext, wrappedKeys: [WrappedKey], dataKey: borrowing SecretBytes,
        _ salvage: Salvage
    ) {
        self.stored = stored
        self.manifest = manifest
        self.codec = codec
        self.context = context
        self.wrappedKeys = wrappedKeys
        self.dataKey = dataKey.duplicate()
        self.salvage = salvage
    }

    /// Where damage is noted, if the archive is opened past it.
    var damage: DamageLog? { salvage?.parts.log }

    /// Whether the manifest is the archive's own, so that it tells what its files must be.
    var hasOwnManifest: Bool { salvage?.hasOwnManifest ?? true }

    /// What whoever opens the archive should know.
    var notices: [String] {
        let skipped = manifest.problems.count { $0.kind == ReadProblem.Kind.skipped.rawValue }
        let count = manifest.problemCount - skipped
        guard count > 0 else { return [] }
        let isListed = manifest.problems.count == manifest.problemCount
        return [
            "\(isListed ? "" : "up to ")\(count) of its sources could not be read well; the manifest "
                + "lists \(isListed ? "them" : "the first \(manifest.problems.count) problems")"
        ]
    }

    /// Whatever contradicts the manifest is an integrity failure; only when manifest and catalog agree
    /// is the service asked, so its refusal means the key, not the archive.
    convenience init(
        _ stored: StoredArchive, service: any DataKeyService, expecting: EncryptionContext
    ) throws {
        try self.init(stored, expecting: expecting) { header, manifest in
            do {
                return try header.unwrapDataKey(using: service)
            } catch {
                let explained = JobError(explaining: error)
                throw JobError(
                    explained.status, "cannot open \(stored.path): \(explained.message)",
                    hint: explained.hint
                        ?? "the archive needs \(manifest.keys.map(\.arn).joined(separator: " or "))"
                )
            }
        }
    }

    /// An archive whose data key is known.
    convenience init(_ stored: StoredArchive, dataKey: borrowing SecretBytes) throws {
        try self.init(stored, expecting: .empty) { _, _ in dataKey.duplicate() }
    }

    private init(
        _ stored: StoredArchive, expecting: EncryptionContext,
        unwrap: (UnverifiedHeader, Manifest) throws -> SecretBytes
    ) throws {
        let manifest = try Self.readManifest(of: stored)
        guard let codec = Manifest.Codec(rawValue: manifest.codec) else {
            throw JobError.integrity(
                "\(stored.path)/manifest.json", "names an unknown codec '\(manifest.codec)'")
        }
        let context = try Self.context(of: manifest, at: stored.path)
        let wrappedKeys = try Self.wrappedKeys(of: manifest, at: stored.path)
        try Self.check(context, has: expecting, at: stored.path)
        let file = try Self.open(manifest.catalog, of: stored)
        let header = try Self.header(of: file, named: manifest.catalog, wrappedKeys, context)
        let unwrapped = try unwrap(header, manifest)
        do {
            _ = try header.verified(dataKey: unwrapped)
            try manifest.verify(with: unwrapped)
        } catch {
            throw JobError.integrity(stored.path, JobError(explaining: error).message)
        }
        try Self.checkName(of: stored, manifest)
        self.stored = stored
        self.manifest = manifest
        self.codec = codec
        self.context = context
        self.wrappedKeys = wrappedKeys
        dataKey = unwrapped
        salvage = nil
    }

    /// Throws `keyRefused` where the context of an archive lacks a pair that the job expects.
    static func check(
        _ context: EncryptionContext, has expected: EncryptionContext, at path: String
    ) throws(JobError) {
        for pair in expected.pairs where context.value(for: pair.key) != pair.value {
            let key = String(decoding: pair.key, as: UTF8.self)
            throw JobError(
                .keyRefused,
                "the encryption context of \(path) does not have the job's '\(key)'",
                hint: "the archive's context is: \(context)")
        }
    }

    /// An old archive under a new name would pass for the newest one.
    static func checkName(of stored: StoredArchive, _ manifest: Manifest) throws {
        let last = stored.path.split(separator: "/").last.map(String.init) ?? ""
        guard let name = ArchiveName(last), name.timestamp != manifest.created else { return }
        throw JobError.integrity(
            stored.path, "was renamed: it holds the archive of \(manifest.created)")
    }

    static func readManifest(of stored: StoredArchive) throws -> Manifest {
        let path = "\(stored.path)/\(StoredArchive.manifestName)"
        let bytes: [UInt8]?
        do { bytes = try stored.open(StoredArchive.manifestName).readAll(limit: 256 << 20) } catch {
            guard JobError(explaining: error).isOfStorage else {
                throw JobError.integrity(path, "is missing or cannot be read")
            }
            throw error
        }
        guard let bytes else { throw JobError.integrity(path, "is larger than any manifest") }
        do { return try Manifest(parsing: bytes) } catch {
            throw JobError.integrity(stored.path, "\(error)")
        }
    }

    /// Opens a part for reading in any order, after its header has been verified.
    func openPart(_ number: Int) throws -> OpenPart {
        if let salvage { return try salvage.parts.openPart(number, dataKey: dataKey) }
        guard manifest.parts.indices.contains(number) else {
            throw JobError.integrity(
                "\(stored.path)/\(CatalogWriter.name)", "names part \(number), which is not there")
        }
        let description = manifest.parts[number]
        guard description.name == codec.partName(number) else {
            throw JobError.integrity(
                "\(stored.path)/manifest.json", "names '\(description.name)' as part \(number)")
        }
        let (file, message) = try openMessage(description)
        do {
            guard message.header.content == .frames(of: manifest.sizes.frame) else {
                throw JobError.integrity(file.path, "has frames of another length")
            }
            let layout = try FrameLayout(
                headerByteCount: message.headerByteCount, frameByteCount: manifest.sizes.frame,
                messageByteCount: file.byteCount)
            return OpenPart(
                number: number, path: file.path,
                sources: [.init(file: file, headerByteCount: message.headerByteCount)],
                message: message, layout: layout, log: nil)
        } catch let error as EnvelopeError {
            throw JobError.integrity(file.path, error.description)
        }
    }

    /// Opens a part or the catalog as the message it is, after its header has been verified.
    func openMessage(
        _ description: Manifest.File
    ) throws -> (file: StoredFile, message: VerifiedMessage) {
        let file = try Self.open(description, of: stored)
        do {
            let header = try Self.header(of: file, named: description, wrappedKeys, context)
            return (file, try header.verified(dataKey: dataKey))
        } catch let error as EnvelopeError {
            throw JobError.integrity(file.path, error.description)
        }
    }

    /// The records of the catalog, from its beginning.
    func readCatalog() throws -> CatalogReader {
        let (file, message) =
            try salvage?.catalog ?? (
                Self.open(manifest.catalog, of: stored), manifest.catalog.message
            )
        return try CatalogReader(
            file: file, archiveID: manifest.archive, messages: manifest.parts.map(\.message)
        ) { [self] (header) throws(EnvelopeError) in
            guard header.claims.messageID.description == message else {
                throw .commitmentMismatch
            }
            return try header.verified(dataKey: dataKey)
        }
    }

    /// Finds parts that are not there or have another length, before anything is written. Where the
    /// archive is opened past damage they are noted.
    func checkFiles() throws {
        if salvage != nil {
            for number in manifest.parts.indices {
                do { try openPart(number).checkEmptyEnd() } catch let error as JobError
                    where error.status == .integrity
                {}
            }
            return
        }
        for part in manifest.parts { _ = try Self.open(part, of: stored) }
    }

    static func open(
        _ description: Manifest.File, of stored: StoredArchive
    ) throws -> StoredFile {
        let path = "\(stored.path)/\(description.name)"
        guard !description.name.contains("/") else {
            throw JobError.integrity(stored.path, "the manifest names a file outside the archive")
        }
        let file: StoredFile
        do { file = try stored.open(description.name) } catch {
            guard JobError(explaining: error).status == .missing else { throw error }
            throw JobError.integrity(path, "is missing")
        }
        guard file.byteCount == description.length else {
            throw JobError.integrity(
                path, "has \(file.byteCount) bytes instead of \(description.length)")
        }
        return file
    }

    /// Parses the header of a stored file and compares it with what the manifest says.
    private static func header(
        of file: StoredFile, named description: Manifest.File, _ wrappedKeys: [WrappedKey],
        _ context: EncryptionContext
    ) throws -> UnverifiedHeader {
        var bytes = [UInt8](repeating: 0, count: min(file.byteCount, 256 << 10))
        var span = bytes.mutableSpan
        _ = try file.read(at: 0, into: &span)
        let header: UnverifiedHeader
        do { header = try UnverifiedHeader(parsing: bytes.span) } catch {
            throw JobError.integrity(file.path, error.description)
        }
        guard header.claims.messageID.description == description.message else {
            throw JobError.integrity(
                file.path, "is another message than the manifest names: swapped or foreign")
        }
        guard header.claims.wrappedKeys == wrappedKeys, header.claims.context == context else {
            throw JobError.integrity(
                file.path, "does not agree with the manifest about keys or encryption context")
        }
        return header
    }

    static func context(
        of manifest: Manifest, at path: String
    ) throws -> EncryptionContext {
        let place = "\(path)/manifest.json"
        guard manifest.context.allSatisfy({ $0.count == 2 }) else {
            throw JobError.integrity(place, "has a context of other things than pairs")
        }
        do {
            return try EncryptionContext(manifest.context.map { ($0[0], $0[1]) })
        } catch {
            throw JobError.integrity(place, "names a key of the context twice")
        }
    }

    static func wrappedKeys(of manifest: Manifest, at path: String) throws -> [WrappedKey] {
        try manifest.keys.map { key in
            guard let arn = KeyARN(key.arn), arn.description == key.arn,
                let bytes = key.wrappedBytes,
                let wrapped = WrappedKey(WrappedDataKey(key: arn, ciphertext: bytes))
            else { throw JobError.integrity("\(path)/manifest.json", "names a key that is none") }
            return wrapped
        }
    }
}

/// A part open for reading. Several workers may read it at once.
final class OpenPart: Sendable {
    /// A file that holds the part, or should.
    struct Source: Sendable {
        let file: StoredFile
        /// Where its frames begin.
        let headerByteCount: Int
    }

    let number: Int
    /// Where the part belongs, for messages.
    let path: String
    /// A frame is taken from the first that has it.
    let sources: [Source]
    let message: VerifiedMessage
    let layout: FrameLayout
    /// Where a frame that cannot be had is noted; nil where that ends everything.
    let log: DamageLog?

    init(
        number: Int, path: String, sources: [Source], message: VerifiedMessage,
        layout: FrameLayout, log: DamageLog?
    ) {
        self.number = number
        self.path = path
        self.sources = sources
        self.message = message
        self.layout = layout
        self.log = log
    }

    /// Notes an empty final frame that is damaged: no chunk lies in it, so no other work would open it.
    func checkEmptyEnd() throws {
        let place = layout.frame(UInt32(layout.frameCount))
        guard let log, place.plaintextByteCount == 0 else { return }
        var opener = try FrameOpener(message)
        for (index, source) in sources.enumerated() {
            let offset = place.offset - layout.headerByteCount + source.headerByteCount
            do {
                var bytes = [UInt8](repeating: 0, count: place.byteCount)
                var span = bytes.mutableSpan
                let count = try source.file.read(at: offset, into: &span)
                _ = try [UInt8](capacity: 1) { (room) throws(EnvelopeError) in
                    try opener.open(
                        bytes.span.extracting(0..<count), sequence: place.sequence, isFinal: true,
                        appendingTo: &room)
                }
                return
            } catch {
                log.note(path, error, isLost: index == sources.count - 1)
            }
        }
    }
}
