import Archive
import Envelope
import OKMS
import LibCrypto
import Pipeline
import Storage

/// Opens an archive past damage.
///
/// Which archive it is, and its data key, `IdentitySearch` finds; what that key authenticates is
/// believed, and nothing else. The manifest and the catalog are taken from the archive, else from the
/// replica, else rebuilt: the manifest from the catalog, which names the parts; the catalog from the
/// tar in the parts.
struct ArchiveSalvage {
    let service: any DataKeyService
    let expecting: EncryptionContext
    /// Where the file without a name lies that a catalog is rebuilt in; asked for when there is need.
    let directory: () throws -> String
    let flow: Flow

    func open(_ stored: StoredArchive, replica: String?) throws -> OpenArchive {
        let log = DamageLog(hasReplica: replica != nil)
        var copies = [ArchiveCopy(stored)]
        var search = IdentitySearch(stored, ClaimedKeys(service), expecting: expecting)
        var found = try search.identity(fromManifestOf: copies[0])
        if let replica {
            let ids = found.map { Set([$0.archiveID]) } ?? Replica.ids(of: copies[0])
            copies.append(ArchiveCopy(try Replica.find(replica, of: stored, named: ids)))
            found = try found ?? search.identity(fromManifestOf: copies[1])
        }
        let identity = try found ?? search.identity(fromHeadersOf: copies)
        copies = copies.map { $0.verified(as: identity) }
        let (manifest, isOwn) = manifest(copies, log)
        if let manifest {
            do { try OpenArchive.checkName(of: stored, manifest) } catch {
                log.note(stored.path, error, isLost: true)
            }
        }
        let codec =
            manifest.flatMap { Manifest.Codec(rawValue: $0.codec) } ?? Self.codec(of: copies)
        if let catalog = catalog(copies, identity, manifest, log) {
            return try open(stored, copies, identity, codec, manifest, isOwn, catalog, log)
        }
        return try rebuild(stored, copies, identity, codec, manifest, isOwn, log)
    }

    // MARK: manifest and catalog

    private func manifest(
        _ copies: [ArchiveCopy], _ log: DamageLog
    ) -> (Manifest?, isOwn: Bool) {
        let path = copies[0].stored.path
        let place = "\(path)/\(StoredArchive.manifestName)"
        var reason: String?
        for copy in copies {
            do {
                let manifest = try copy.manifest.get()
                if let reason { log.note(place, reason) }
                return (manifest, isOwn: reason == nil)
            } catch {
                let message = JobError(explaining: error).message
                let prefixes = [
                    "\(place): ", "\(path): \(StoredArchive.manifestName): ", "\(path): ",
                    "\(StoredArchive.manifestName): ",
                ]
                let prefix = prefixes.first(where: message.hasPrefix) ?? ""
                reason = reason ?? String(message.dropFirst(prefix.count))
            }
        }
        if let reason {
            log.note(place, reason, isLost: true)
            log.notice(
                "the manifest was rebuilt, for it \(reason): nothing proves the archive's name and time"
            )
        }
        return (nil, isOwn: false)
    }

    /// The file of the catalog, if it is whole; read once to its end.
    private func catalog(
        _ copies: [ArchiveCopy], _ identity: ArchiveIdentity, _ manifest: Manifest?,
        _ log: DamageLog
    ) -> CatalogFacts? {
        let path = copies[0].stored.path
        let place = "\(path)/\(CatalogWriter.name)"
        var reason: (any Error)?
        for copy in copies {
            // First the one in its place: others may only bear its header.
            let named = copy.file(named: CatalogWriter.name)
            let files =
                [named].compactMap(\.self).filter { file in
                    manifest.map { $0.catalog.message == file.message } ?? true
                }
                + copy.files.filter { file in
                    file.name != CatalogWriter.name && file.isVerified
                        && manifest?.catalog.message == file.message
                }
            if files.isEmpty {
                let problem = named.map { $0.problem ?? "is another message: swapped or foreign" }
                reason = reason ?? JobError.integrity(place, problem ?? "is missing")
            }
            for file in files {
                do {
                    let stored = try copy.stored.open(file.name)
                    let facts = try CatalogFacts(
                        stored, message: file.message ?? "", archiveID: identity.archiveID,
                        messages: manifest?.parts.map(\.message), dataKey: identity.dataKey)
                    if reason == nil, file.name != CatalogWriter.name {
                        reason = JobError.integrity(place, "lies under the name '\(file.name)'")
                    }
                    if let reason { log.note(place, reason) }
                    return facts
                } catch {
                    reason = reason ?? error
                }
            }
        }
        if let reason { log.note(place, reason, isLost: true) }
        log.notice("the catalog is lost and was rebuilt from the parts")
        return nil
    }

    /// What most parts have at the end of their names.
    private static func codec(of copies: [ArchiveCopy]) -> Manifest.Codec {
        let names = copies.flatMap(\.files).filter {
            $0.isVerified && $0.name != CatalogWriter.name
        }
        .map(\.name)
        let plain = names.count { $0.hasSuffix(".tar.esdk") }
        return plain * 2 > names.count ? .none : .zstd
    }

    // MARK: parts

    /// The frame length that the parts have, where no manifest tells it: what most of their messages
    /// have whose headers are authentic. Copies of the catalog are none.
    private func frameByteCount(_ copies: [ArchiveCopy]) throws -> Int {
        let files = copies.flatMap(\.files).filter(\.isVerified)
        let catalogs = files.filter { $0.name == CatalogWriter.name }.map(\.message)
        var messages: [String?: Int] = [:]
        for file in files where !catalogs.contains(file.message) {
            messages[file.message] = file.frameByteCount
        }
        let counts = Dictionary(grouping: messages.values, by: \.self).mapValues(\.count)
        guard let most = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key else {
            throw JobError.integrity(
                copies[0].stored.path, "has no manifest, and no part with an intact header")
        }
        return most
    }

    /// The file that is named like a part, in the first copy in which its message is authentic; or at
    /// least can be read.
    private static func file(
        named name: String, _ copies: [ArchiveCopy]
    ) -> ScannedFile? {
        let files = copies.compactMap { $0.file(named: name) }.filter { $0.message != nil }
        return files.first(where: \.isVerified) ?? files.first
    }

    private func open(
        _ stored: StoredArchive, _ copies: [ArchiveCopy], _ identity: ArchiveIdentity,
        _ codec: Manifest.Codec,
        _ known: Manifest?, _ isOwn: Bool, _ catalog: CatalogFacts, _ log: DamageLog
    ) throws -> OpenArchive {
        let codec = catalog.codec ?? codec
        let plaintexts = try known.map { try $0.plaintextByteCounts(at: stored.path) }
        var messages = known?.parts.map(\.message) ?? catalog.messages
        if known == nil, messages.isEmpty {
            messages = catalog.plaintexts.indices.map {
                Self.file(named: codec.partName($0), copies)?.message ?? ""
            }
            log.notice("the catalog does not name the parts: their order is that of their names")
        }
        let wanted = messages.enumerated().map { number, message in
            let counts = plaintexts ?? catalog.plaintexts
            return PartFinder.Wanted(
                name: codec.partName(number), message: message,
                plaintextByteCount: counts.indices.contains(number) ? counts[number] : 0)
        }
        let frame = try known?.sizes.frame ?? frameByteCount(copies)
        let parts = PartFinder(
            copies, wanted: wanted, catalog: catalog.message, frameByteCount: frame,
            identity: identity, log: log)
        let manifest =
            known
            ?? Self.manifest(
                of: stored, identity, codec, wanted, frame, chunk: catalog.largestChunk,
                totals: Manifest.Totals(
                    entries: catalog.entries, content: catalog.contentByteCount,
                    tar: catalog.tarByteCount, stored: 0))
        return opened(
            stored, manifest, codec, identity,
            OpenArchive.Salvage(
                parts: parts, catalog: (catalog.file, catalog.message), hasOwnManifest: isOwn))
    }

    private func opened(
        _ stored: StoredArchive, _ manifest: Manifest, _ codec: Manifest.Codec,
        _ identity: ArchiveIdentity, _ salvage: OpenArchive.Salvage
    ) -> OpenArchive {
        OpenArchive(
            salvaged: stored, manifest: manifest, codec: codec, context: identity.claim.context,
            wrappedKeys: identity.claim.wrappedKeys, dataKey: identity.dataKey.secret, salvage)
    }

    private func rebuild(
        _ stored: StoredArchive, _ copies: [ArchiveCopy], _ identity: ArchiveIdentity,
        _ codec: Manifest.Codec,
        _ known: Manifest?, _ isOwn: Bool, _ log: DamageLog
    ) throws -> OpenArchive {
        let frame = try known?.sizes.frame ?? frameByteCount(copies)
        let wanted: [PartFinder.Wanted]
        if let known {
            let counts = try known.plaintextByteCounts(at: stored.path)
            wanted = known.parts.enumerated().map { number, file in
                PartFinder.Wanted(
                    name: codec.partName(number), message: file.message,
                    plaintextByteCount: counts[number])
            }
        } else {
            wanted = try Self.parts(copies, codec, frame)
            log.notice(
                "nothing proves that the parts are all there and in order: their names say it")
        }
        let parts = PartFinder(
            copies, wanted: wanted, catalog: known?.catalog.message, frameByteCount: frame,
            identity: identity, log: log)
        let found = try CatalogRebuild(
            identity: identity, codec: codec, parts: parts, wanted: wanted, frameByteCount: frame,
            manifest: known, directory: directory(), workers: OpenWorker.Meters(flow), flow: flow
        ).run()
        if let known, known.totals.entries > found.entries {
            log.notice(
                "\(known.totals.entries - found.entries) of \(known.totals.entries) entries are lost "
                    + "with their names")
            log.note(
                "\(stored.path)/\(CatalogWriter.name)", "cannot be rebuilt to its end", isLost: true
            )
        }
        let manifest =
            known
            ?? Self.manifest(
                of: stored, identity, codec, wanted, frame, chunk: found.largestChunk,
                totals: Manifest.Totals(
                    entries: found.entries, content: found.contentByteCount,
                    tar: found.tarByteCount, stored: 0))
        return opened(
            stored, manifest, codec, identity,
            OpenArchive.Salvage(
                parts: parts, catalog: found.catalog, hasOwnManifest: isOwn))
    }

    /// Where names are all there is, one of them may not make a million parts.
    private static let largestNumber = 1 << 20

    /// The parts as their names and headers tell them, where nothing else does.
    private static func parts(
        _ copies: [ArchiveCopy], _ codec: Manifest.Codec, _ frame: Int
    ) throws -> [PartFinder.Wanted] {
        let numbers = copies.flatMap(\.files).filter(\.isVerified).compactMap { file in
            Int(file.name.dropFirst("part-".count).prefix { $0.isNumber })
                .flatMap { codec.partName($0) == file.name ? $0 : nil }
        }
        guard var last = numbers.filter({ $0 < largestNumber }).max() else {
            throw JobError.integrity(
                copies[0].stored.path, "has lost manifest and catalog, and holds no part")
        }
        // Headers may be all that is damaged.
        while file(named: codec.partName(last + 1), copies) != nil { last += 1 }
        let named = (0...last).map { file(named: codec.partName($0), copies) }
        // A message under two numbers: which of them is its own, nothing tells.
        let numbersOf = Dictionary(
            grouping: named.compactMap { $0?.message }, by: \.self
        ).mapValues(\.count)
        return named.enumerated().map { number, file in
            let name = codec.partName(number)
            guard let message = file?.message, numbersOf[message] == 1 else {
                return PartFinder.Wanted(name: name, message: "", plaintextByteCount: 0)
            }
            let counts = copies.compactMap { $0.file(named: name) }
                .filter { $0.message == message }
                .map { plaintextByteCount(of: $0, frame) }
            return PartFinder.Wanted(
                name: name, message: message, plaintextByteCount: counts.max() ?? 0)
        }
    }

    private static func plaintextByteCount(of file: ScannedFile, _ frame: Int) -> Int {
        let header = file.headerByteCount ?? 0
        let layout = try? FrameLayout(
            headerByteCount: header, frameByteCount: frame, messageByteCount: file.byteCount)
        // A length that no message has: it was cut off, and its whole frames are what there is.
        return layout?.plaintextByteCount
            ?? max(0, file.byteCount - header) / (frame + FrameLayout.regularOverhead) * frame
    }

    private static func manifest(
        of stored: StoredArchive, _ identity: ArchiveIdentity, _ codec: Manifest.Codec,
        _ wanted: [PartFinder.Wanted], _ frame: Int, chunk: Int, totals: Manifest.Totals
    ) -> Manifest {
        let last = stored.path.split(separator: "/").last.map(String.init) ?? ""
        return Manifest(
            archive: identity.archiveID, job: "", created: ArchiveName(last)?.timestamp ?? "",
            finished: "", tool: "", codec: codec,
            keys: identity.claim.wrappedKeys.compactMap(\.wrappedDataKey).map {
                Manifest.Key(arn: $0.key.description, wrapped: $0.ciphertext)
            },
            context: identity.claim.context.pairs.map {
                [
                    String(decoding: $0.key, as: UTF8.self),
                    String(decoding: $0.value, as: UTF8.self),
                ]
            }, sizes: Manifest.Sizes(chunk: chunk, frame: frame, part: 0), totals: totals,
            problems: [], problemCount: 0,
            parts: wanted.map { part in
                Manifest.File(
                    name: part.name, message: MessageID(hexadecimal: part.message)?.bytes ?? [],
                    length: 0, sha256: [])
            },
            catalog: Manifest.File(name: CatalogWriter.name, message: [], length: 0, sha256: []))
    }
}
