import Archive
import Envelope
import LibCrypto
import Storage

/// Finds the parts of an archive by the message ids in their headers, whatever their names are, and
/// opens them for reading frame by frame: what one file of a part has not, the same part in a replica
/// may have.
///
/// Nothing that is found here is believed: each frame proves that it belongs to its place of a message
/// that the manifest or the catalog names.
final class PartFinder: Sendable {
    /// What is known of a part before it is found.
    struct Wanted: Sendable {
        let name: String
        /// Hexadecimal; empty for a part that is only known to be missing.
        let message: String
        let plaintextByteCount: Int
    }

    /// So many files with the header of a part are tried in its place; there is one, but for what was
    /// put there.
    private static let candidateLimit = 4

    let copies: [ArchiveCopy]
    let log: DamageLog
    private let wanted: [Wanted]
    private let frameByteCount: Int
    private let identity: ArchiveIdentity
    private let known: Set<String>
    /// For each copy: which of its files have, or claim to have, a message.
    private let places: [[String: [Int]]]

    /// The copies have been verified. `catalog` is the id of the catalog's message, which is no part.
    init(
        _ copies: [ArchiveCopy], wanted: [Wanted], catalog: String?, frameByteCount: Int,
        identity: ArchiveIdentity, log: DamageLog
    ) {
        self.copies = copies
        self.wanted = wanted
        self.frameByteCount = frameByteCount
        self.identity = identity
        self.log = log
        known = Set(wanted.map(\.message) + [catalog].compactMap(\.self))
        places = copies.map { copy in
            Dictionary(grouping: copy.files.indices) { copy.files[$0].message ?? "" }
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
            keys: keys, context: identity.claim.context, wrappedKeys: identity.claim.wrappedKeys,
            frameByteCount: frameByteCount)
        let layout = try FrameLayout(
            headerByteCount: message.headerByteCount, frameByteCount: frameByteCount,
            plaintextByteCount: part.plaintextByteCount)
        let body = layout.messageByteCount - layout.headerByteCount
        let own = sources(of: part, bodyByteCount: body, in: 0)
        let replicas = copies.indices.dropFirst().flatMap {
            sources(of: part, bodyByteCount: body, in: $0).sources
        }
        if let reason = own.reason { log.note(place, reason, isLost: replicas.isEmpty) }
        guard !own.sources.isEmpty || !replicas.isEmpty else {
            throw JobError.integrity(place, own.reason ?? "is missing")
        }
        return OpenPart(
            number: number, path: place, sources: own.sources + replicas, message: message,
            layout: layout, log: log)
    }

    /// The files of a copy that may hold a part, and what is wrong with it, apart from its frames.
    private func sources(
        of part: Wanted, bodyByteCount body: Int, in copy: Int
    ) -> (sources: [OpenPart.Source], reason: String?) {
        let (stored, files) = (copies[copy].stored, copies[copy].files)
        let named = copies[copy].index(of: part.name)
        let others = (places[copy][part.message] ?? []).filter { $0 != named }
        func isWhole(_ index: Int) -> Bool {
            files[index].byteCount == body + (files[index].headerByteCount ?? 0)
        }
        // Headers can be copied, so of those that are authentic the files with a body come first.
        let verified = others.filter { files[$0].isVerified }
        let elsewhere = verified.filter(isWhole) + verified.filter { !isWhole($0) }
        let claimed = others.filter { !files[$0].isVerified }.prefix(Self.candidateLimit)
        var candidates = Array(elsewhere.prefix(Self.candidateLimit)) + claimed
        var reason: String?
        if let named, files[named].isVerified, files[named].message == part.message {
            candidates.insert(named, at: 0)
            reason = problem(of: files[named], body)
        } else if let named, !files[named].isVerified || !known.contains(files[named].message ?? "")
        {
            // Its header may be all that is damaged.
            candidates.insert(named, at: min(verified.count, Self.candidateLimit))
            let isForeign = ![nil, part.message].contains(files[named].message)
            reason =
                isForeign
                ? "is another message: damaged, swapped or foreign" : files[named].problem
        } else {
            reason =
                candidates.first.map { "lies under the name '\(files[$0].name)'" }
                ?? (named == nil
                    ? "is missing" : "is another message than the archive has there: swapped")
        }
        let sources = candidates.flatMap { index -> [OpenPart.Source] in
            do {
                let file = try stored.open(files[index].name)
                // Where the header is not authentic, its length is what others have.
                let counts =
                    files[index].isVerified
                    ? [files[index].headerByteCount].compactMap(\.self)
                    : copies[copy].headerByteCounts
                return counts.map { OpenPart.Source(file: file, headerByteCount: $0) }
            } catch {
                reason = reason ?? "cannot be read"
                return []
            }
        }
        return (sources, reason)
    }

    /// What is wrong with a file whose header is the part's.
    private func problem(of file: ScannedFile, _ body: Int) -> String? {
        let byteCount = body + (file.headerByteCount ?? 0)
        if file.byteCount != byteCount {
            return "has \(file.byteCount) bytes instead of \(byteCount)"
        }
        return file.frameByteCount == frameByteCount
            ? nil : "its header is not the one that was written"
    }
}
