import Archive
import Envelope
import LibCrypto
import OKMS
import Storage

/// Which archive it is, and what opens it.
struct ArchiveIdentity: Sendable {
    let archiveID: String
    let claim: KeyClaim
    let dataKey: SecretHolder
}

/// Finds out which archive lies in a directory, whatever else was put there.
///
/// A manifest that proves itself under its data key says it. Only where there is none are headers
/// asked, and each counts only once it has verified under the key that it claims. One thread's own.
struct IdentitySearch {
    /// Claims of so many kinds are tried for each copy: those of an archive all agree, but for damage.
    private static let claimLimit = 4

    let stored: StoredArchive
    let keys: ClaimedKeys
    let expecting: EncryptionContext
    /// Why there is none; the first reason counts.
    private(set) var reason: JobError?
    /// What a manifest proves that may lie in the wrong place.
    private var misplaced: ArchiveIdentity?

    init(_ stored: StoredArchive, _ keys: ClaimedKeys, expecting: EncryptionContext) {
        self.stored = stored
        self.keys = keys
        self.expecting = expecting
    }

    /// The archive whose manifest a copy has, if that is authentic and belongs here.
    mutating func identity(fromManifestOf copy: ArchiveCopy) throws -> ArchiveIdentity? {
        guard let manifest = try? copy.manifest.get(),
            let claim = try? KeyClaim(manifest, at: copy.stored.path),
            let dataKey = try dataKey(for: claim),
            (try? manifest.verify(with: dataKey.secret)) != nil
        else { return nil }
        let identity = ArchiveIdentity(
            archiveID: manifest.archive, claim: claim, dataKey: dataKey)
        if belongs(manifest, dataKey, in: copy) { return identity }
        misplaced = misplaced ?? identity
        return nil
    }

    /// The manifest of another archive proves itself, too. It is this one's if the directory has its
    /// name or, where the directory is not named like an archive, holds a message that it names.
    private func belongs(
        _ manifest: Manifest, _ dataKey: SecretHolder, in copy: ArchiveCopy
    ) -> Bool {
        let last = stored.path.split(separator: "/").last.map(String.init) ?? ""
        if let name = ArchiveName(last) { return name.timestamp == manifest.created }
        let messages = Set(manifest.parts.map(\.message) + [manifest.catalog.message])
        return copy.files.contains { file in
            file.message.map(messages.contains) ?? false
                && file.verified(in: copy.stored, with: dataKey).isVerified
        }
    }

    /// The archive that most messages of a copy are of; else what a misplaced manifest says. A replica
    /// is asked only where the archive itself says nothing.
    mutating func identity(fromHeadersOf copies: [ArchiveCopy]) throws -> ArchiveIdentity {
        for copy in copies {
            if let identity = try identity(fromHeadersOf: copy) { return identity }
        }
        if let misplaced { return misplaced }
        throw reason ?? JobError.integrity(stored.path, "holds no message with an intact header")
    }

    private mutating func identity(fromHeadersOf copy: ArchiveCopy) throws -> ArchiveIdentity? {
        var best: (identity: ArchiveIdentity, count: Int)?
        for claim in Self.claims(of: copy) {
            guard let id = claim.archiveID, let dataKey = try dataKey(for: claim) else { continue }
            let messages = copy.files.lazy.map { $0.verified(in: copy.stored, with: dataKey) }
                .filter(\.isVerified).compactMap(\.message)
            // Copies of one message are one.
            let count = Set(messages).count
            if count == 0 {
                reason = reason ?? JobError.integrity(stored.path, "no header of it is intact")
            } else if count > best?.count ?? 0 {
                best = (ArchiveIdentity(archiveID: id, claim: claim, dataKey: dataKey), count)
            }
        }
        return best?.identity
    }

    /// What the headers of a copy claim: that of the catalog first, then what most files say.
    private static func claims(of copy: ArchiveCopy) -> [KeyClaim] {
        var order: [KeyClaim] = []
        var counts: [KeyClaim: Int] = [:]
        for file in copy.files where file.message != nil {
            guard let header = try? file.header(in: copy.stored) else { continue }
            let claim = KeyClaim(header.claims)
            if counts[claim] == nil { order.append(claim) }
            counts[claim, default: 0] += file.name == CatalogWriter.name ? copy.files.count : 1
        }
        let ranked = order.enumerated().sorted { one, other in
            let (ones, others) = (counts[one.element] ?? 0, counts[other.element] ?? 0)
            return ones > others || ones == others && one.offset < other.offset
        }
        return ranked.prefix(claimLimit).map(\.element)
    }

    /// The data key of a claim; nil where it cannot be had, which is remembered. Throws `unreachable`.
    private mutating func dataKey(for claim: KeyClaim) throws -> SecretHolder? {
        do {
            try OpenArchive.check(claim.context, has: expecting, at: stored.path)
            return try keys.unwrap(claim)
        } catch {
            let explained = JobError(explaining: error)
            if explained.status == .unreachable { throw explained }
            let message =
                error is JobError
                ? explained.message : "cannot open \(stored.path): \(explained.message)"
            reason = reason ?? JobError(explained.status, message, hint: explained.hint)
            return nil
        }
    }
}

extension KeyClaim {
    /// What the context says; nil where it says nothing.
    var archiveID: String? {
        context.value(for: ArchiveKey.archiveContextKey).map { String(decoding: $0, as: UTF8.self) }
    }
}
