import Archive
import Envelope
import LibCrypto
import Storage

/// A copy of an archive: its manifest and its files, and what of them is authentic.
struct ArchiveCopy: Sendable {
    let stored: StoredArchive
    /// What its manifest says; once the copy was verified, only where it is this archive's own.
    private(set) var manifest: Result<Manifest, any Error>
    /// In the order of their names. A file whose name is no UTF-8 is a stranger's.
    private(set) var files: [ScannedFile]
    private let indices: [FileName: Int]
    /// How long the headers of its messages may be, once it was verified: what its manifest says comes
    /// first, then what authentic headers have. A rewrapped copy has others than the archive.
    private(set) var headerByteCounts: [Int] = []

    init(_ stored: StoredArchive) {
        self.stored = stored
        manifest = Result { try OpenArchive.readManifest(of: stored) }
        let others = [StoredArchive.manifestName, StoredArchive.summaryName].map(FileName.init)
        let names = ((try? stored.names()) ?? []).filter { !others.contains($0) }
        let files = names.compactMap(\.text).map { ScannedFile(named: $0, of: stored) }
        self.files = files
        indices = Dictionary(
            uniqueKeysWithValues: files.indices.map { (FileName(files[$0].name), $0) })
    }

    func index(of name: String) -> Int? { indices[FileName(name)] }

    func file(named name: String) -> ScannedFile? { index(of: name).map { files[$0] } }

    /// The same, and which of its files are the archive's.
    func verified(as identity: ArchiveIdentity) -> ArchiveCopy {
        var copy = self
        copy.manifest = Result { try manifest.get().verified(as: identity, at: stored.path) }
        copy.files = files.map { $0.verified(in: stored, with: identity.dataKey) }
        var claim = identity.claim
        if case .success(let manifest) = copy.manifest,
            let own = try? KeyClaim(manifest, at: stored.path)
        {
            claim = own
        }
        copy.headerByteCounts = [claim.headerByteCount]
        for file in copy.files where file.isVerified && copy.headerByteCounts.count < 4 {
            guard let count = file.headerByteCount, !copy.headerByteCounts.contains(count) else {
                continue
            }
            copy.headerByteCounts.append(count)
        }
        return copy
    }
}

extension KeyClaim {
    init(_ manifest: Manifest, at path: String) throws {
        self.init(
            try OpenArchive.context(of: manifest, at: path),
            try OpenArchive.wrappedKeys(of: manifest, at: path))
    }
}

extension Manifest {
    /// Throws `integrity` unless the archive's writer wrote it.
    fileprivate func verified(as identity: ArchiveIdentity, at path: String) throws -> Manifest {
        guard archive == identity.archiveID else {
            throw JobError.integrity(path, "is another archive's")
        }
        try verify(with: identity.dataKey.secret)
        guard Codec(rawValue: codec) != nil else {
            throw JobError.integrity(path, "names an unknown codec")
        }
        _ = try plaintextByteCounts(at: path)
        return self
    }

    /// Bytes of the plaintext of each part.
    func plaintextByteCounts(at path: String) throws -> [Int] {
        let header = try KeyClaim(self, at: path).headerByteCount
        return try parts.map { file in
            guard MessageID(hexadecimal: file.message) != nil else {
                throw JobError.integrity(path, "names a message that is none")
            }
            return try FrameLayout(
                headerByteCount: header, frameByteCount: sizes.frame, messageByteCount: file.length
            ).plaintextByteCount
        }
    }
}

/// What a file of an archive's directory says it is, and whether that is authentic.
struct ScannedFile: Sendable {
    let name: String
    let byteCount: Int
    /// The id of its message, hexadecimal; nil where no header could be read.
    let message: String?
    let headerByteCount: Int?
    /// Whether its header verifies under the archive's data key, so that all of it is true.
    private(set) var isVerified = false
    /// Of what is verified; nil where there are no frames.
    private(set) var frameByteCount: Int?
    private(set) var problem: String?

    init(named name: String, of stored: StoredArchive) {
        self.name = name
        var byteCount = 0
        do {
            let file = try stored.open(name)
            byteCount = file.byteCount
            let header = try Self.header(of: file)
            message = header.claims.messageID.description
            headerByteCount = header.byteCount
        } catch {
            message = nil
            headerByteCount = nil
            let explained = JobError(explaining: error)
            problem = explained.status == .missing ? "is missing" : explained.message
        }
        self.byteCount = byteCount
    }

    func header(in stored: StoredArchive) throws -> UnverifiedHeader {
        try Self.header(of: stored.open(name))
    }

    func verified(in stored: StoredArchive, with dataKey: SecretHolder) -> ScannedFile {
        guard message != nil else { return self }
        var file = self
        do {
            let verified = try header(in: stored).verified(dataKey: dataKey.secret).header
            guard verified.messageID.description == message else {
                file.problem = "changes while it is read"
                return file
            }
            file.isVerified = true
            if case .frames(let count) = verified.content { file.frameByteCount = count }
        } catch {
            file.problem = JobError(explaining: error).message
        }
        return file
    }

    /// Parses what a file begins with.
    private static func header(of file: StoredFile) throws -> UnverifiedHeader {
        func parse(_ limit: Int) throws -> UnverifiedHeader {
            var bytes = [UInt8](repeating: 0, count: min(file.byteCount, limit))
            var span = bytes.mutableSpan
            let count = try file.read(at: 0, into: &span)
            return try UnverifiedHeader(parsing: bytes.span.extracting(0..<count))
        }
        do { return try parse(4 << 10) } catch EnvelopeError.truncated {
            return try parse(256 << 10)
        }
    }
}
