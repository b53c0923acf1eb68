import Archive
import Envelope
import LibCrypto
import OKMS
import Storage

/// Finds the parts of an archive by the message ids in their headers, whatever their names are, and
/// opens them for reading frame by frame: what one file of a part has not, the same part in a replica
/// may have.
///
/// Nothing that is found here is believed: each frame proves that it belongs to its place of a message
/// that the manifest or the catalog names.
final class PartFinder: Sendable {
    /// A copy of the archive, and what its files say of themselves.
    struct Copy: Sendable {
        let stored: StoredArchive
        /// In the order of their names.
        let files: [ScannedFile]
        private let indices: [String: Int]

        init(_ stored: StoredArchive) {
            self.stored = stored
            let names = (try? stored.names()) ?? []
            let others = [StoredArchive.manifestName, StoredArchive.summaryName]
            let files = names.filter { !others.contains($0) }.map {
                ScannedFile(named: $0, of: stored)
            }
            self.files = files
            indices = Dictionary(uniqueKeysWithValues: files.indices.map { (files[$0].name, $0) })
        }

        func index(of name: String) -> Int? { indices[name] }

        func file(named name: String) -> ScannedFile? { indices[name].map { files[$0] } }
    }

    /// What is known of a part before it is found.
    struct Wanted: Sendable {
        let name: String
        /// Hexadecimal; empty for a part that is only known to be missing.
        let message: String
        let plaintextByteCount: Int
    }

    let copies: [Copy]
    let log: DamageLog
    private let wanted: [Wanted]
    private let frameByteCount: Int
    private let context: EncryptionContext
    private let wrappedKeys: [WrappedKey]
    private let known: Set<String>
    /// For each copy: where in its files a message is, and how long its headers are.
    private let places: [[String: [Int]]]
    private let headerByteCounts: [Int]

    /// `catalog` is the id of the catalog's message, which is no part.
    init(
        _ copies: [Copy], wanted: [Wanted], catalog: String?, frameByteCount: Int,
        context: EncryptionContext, wrappedKeys: [WrappedKey], dataKey: borrowing SecretBytes,
        log: DamageLog
    ) throws {
        self.copies = copies
        self.wanted = wanted
        self.frameByteCount = frameByteCount
        self.context = context
        self.wrappedKeys = wrappedKeys
        self.log = log
        known = Set(wanted.map(\.message) + [catalog].compactMap(\.self))
        places = copies.map { copy in
            Dictionary(grouping: copy.files.indices) { copy.files[$0].message ?? "" }
        }
        let keys = try MessageKeys.derive(from: dataKey, messageID: .random())
        let usual = try VerifiedMessage(
            keys: keys, context: context, wrappedKeys: wrappedKeys, frameByteCount: frameByteCount
        ).headerByteCount
        // A copy may have been rewrapped, so its headers may be longer or shorter than the other's.
        let ids = known
        headerByteCounts = copies.map { copy in
            let counts = copy.files.filter { $0.message.map(ids.contains) ?? false }
                .compactMap(\.headerByteCount)
            return Dictionary(grouping: counts, by: \.self).max { $0.value.count < $1.value.count }?
                .key ?? usual
        }
    }

    /// Opens a part from all files that may hold it. Throws `integrity` where there is none.
    func openPart(_ number: Int, dataKey: borrowing SecretBytes) throws -> OpenPart {
        let archive = copies[0].stored.path
        guard wanted.indices.contains(number) else {
            throw JobError.integrity(
                "\(archive)/\(CatalogWriter.name)", "names part \(number), which is not there")
        }
        let part = wanted[number]
        let place = "\(archive)/\(part.name)"
        guard let id = MessageID(hexadecimal: part.message) else {
            log.note(place, "is missing", isLost: true)
            throw JobError.integrity(place, "is missing")
        }
        let keys = try MessageKeys.derive(from: dataKey, messageID: id)
        let message = try VerifiedMessage(
            keys: keys, context: context, wrappedKeys: wrappedKeys, frameByteCount: frameByteCount)
        let layout = try FrameLayout(
            headerByteCount: message.headerByteCount, frameByteCount: frameByteCount,
            plaintextByteCount: part.plaintextByteCount)
        let own = sources(of: part, in: 0)
        let replicas = copies.indices.dropFirst().flatMap { sources(of: part, in: $0).sources }
        if let reason = own.reason ?? problem(of: own.sources, layout, dataKey) {
            log.note(place, reason, isLost: replicas.isEmpty)
        }
        guard !own.sources.isEmpty || !replicas.isEmpty else {
            throw JobError.integrity(place, own.reason ?? "is missing")
        }
        return OpenPart(
            number: number, path: place, sources: own.sources + replicas, message: message,
            layout: layout, log: log)
    }

    /// The files of a copy that may hold a part; and what is wrong with it, if that shows at once.
    private func sources(
        of part: Wanted, in copy: Int
    ) -> (sources: [OpenPart.Source], reason: String?) {
        var reason: String?
        let files = copies[copy].files
        let named = copies[copy].index(of: part.name)
        var candidates = places[copy][part.message] ?? []
        if let named, candidates.contains(named) {
            candidates = [named] + candidates.filter { $0 != named }
        } else if let named, !known.contains(files[named].message ?? "") {
            // Its header may be all that is damaged.
            reason = files[named].problem ?? "is another message: damaged, swapped or foreign"
            candidates.append(named)
        } else {
            reason =
                candidates.first.map { "lies under the name '\(files[$0].name)'" }
                ?? (named == nil
                    ? "is missing" : "is another message than the archive has there: swapped")
        }
        let sources = candidates.prefix(4).compactMap { index -> OpenPart.Source? in
            do {
                return OpenPart.Source(
                    file: try copies[copy].stored.open(files[index].name),
                    headerByteCount: headerByteCounts[copy])
            } catch {
                reason = reason ?? "cannot be read"
                return nil
            }
        }
        return (sources, reason)
    }

    /// What is wrong with the first file of a part, apart from its frames.
    private func problem(
        of sources: [OpenPart.Source], _ layout: FrameLayout, _ dataKey: borrowing SecretBytes
    ) -> String? {
        guard let source = sources.first else { return nil }
        let byteCount =
            source.headerByteCount + layout.messageByteCount - layout.headerByteCount
        if source.file.byteCount != byteCount {
            return "has \(source.file.byteCount) bytes instead of \(byteCount)"
        }
        do {
            let header = try ScannedFile.header(of: source.file)
            guard header.byteCount == source.headerByteCount,
                try header.verified(dataKey: dataKey).header.content == .frames(of: frameByteCount)
            else { return "its header is not the one that was written" }
        } catch {
            return JobError(explaining: error).message
        }
        return nil
    }
}

/// What a file of an archive's directory says it is.
struct ScannedFile: Sendable {
    let name: String
    let byteCount: Int
    /// The id of its message, hexadecimal; nil where no header could be read.
    let message: String?
    let headerByteCount: Int?
    let problem: String?

    init(named name: String, of stored: StoredArchive) {
        self.name = name
        var byteCount = 0
        do {
            let file = try stored.open(name)
            byteCount = file.byteCount
            let header = try Self.header(of: file)
            message = header.claims.messageID.description
            headerByteCount = header.byteCount
            problem = nil
        } catch {
            message = nil
            headerByteCount = nil
            let explained = JobError(explaining: error)
            problem = explained.status == .missing ? "is missing" : explained.message
        }
        self.byteCount = byteCount
    }

    /// Parses what a file begins with.
    static func header(of file: StoredFile) throws -> UnverifiedHeader {
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
