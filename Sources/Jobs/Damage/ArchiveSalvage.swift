import Archive
import Envelope
import LibCrypto
import OKMS
import Pipeline
import Storage

/// Opens an archive past damage.
///
/// The data key comes from the header of any message; what it authenticates is believed, and nothing
/// else. The manifest and the catalog are taken from the archive, else from the replica, else rebuilt:
/// the manifest from the catalog, which names the parts; the catalog from the tar in the parts.
struct ArchiveSalvage {
    let service: any DataKeyService
    let expecting: EncryptionContext
    /// Where the file without a name lies that a catalog is rebuilt in; asked for when there is need.
    let directory: () throws -> String
    let flow: Flow

    /// What is known without manifest and catalog.
    private final class Key: Sendable {
        let dataKey: SecretBytes
        let context: EncryptionContext
        let wrappedKeys: [WrappedKey]
        let archiveID: String

        init(
            _ dataKey: consuming SecretBytes, _ context: EncryptionContext,
            _ wrappedKeys: [WrappedKey], archiveID: String
        ) {
            self.dataKey = dataKey
            self.context = context
            self.wrappedKeys = wrappedKeys
            self.archiveID = archiveID
        }
    }

    func open(_ stored: StoredArchive, replica: String?) throws -> OpenArchive {
        let log = DamageLog(hasReplica: replica != nil)
        let own = PartFinder.Copy(stored)
        var copies = [own]
        if let replica {
            copies.append(
                .init(try Replica.find(replica, of: stored, named: Replica.ids(of: own))))
        }
        let key = try unwrap(copies)
        let (manifest, isOwn) = manifest(copies, key, log)
        if let manifest {
            do { try OpenArchive.checkName(of: stored, manifest) } catch {
                log.note(stored.path, error, isLost: true)
            }
        }
        let codec =
            manifest.flatMap { Manifest.Codec(rawValue: $0.codec) } ?? Self.codec(of: copies)
        if let catalog = catalog(copies, key, manifest, log) {
            return try open(stored, copies, key, codec, manifest, isOwn, catalog, log)
        }
        return try rebuild(stored, copies, key, codec, manifest, isOwn, log)
    }

    // MARK: the data key

    /// Messages that agree about key and context; those of an archive all do, but for damage.
    private struct Claim {
        let archiveID: String
        var headers: [UnverifiedHeader] = []
        var weight = 0
    }

    private func unwrap(_ copies: [PartFinder.Copy]) throws -> Key {
        let path = copies[0].stored.path
        var claims: [[Claim]] = []
        for copy in copies {
            let named = (try? OpenArchive.readManifest(of: copy.stored))?.archive
            var found: [Int: Claim] = [:]
            for file in copy.files where file.message != nil {
                guard
                    let header = try? ScannedFile.header(of: copy.stored.open(file.name)),
                    let id = Self.archiveID(header.claims.context)
                else { continue }
                var hasher = Hasher()
                hasher.combine(header.claims.context)
                hasher.combine(header.claims.wrappedKeys)
                let key = hasher.finalize()
                var claim = found[key] ?? Claim(archiveID: id)
                // The manifest has a word, too, where they are as many.
                claim.weight += found[key] == nil && named == id ? 2 : 1
                if claim.headers.count < 8 { claim.headers.append(header) }
                found[key] = claim
            }
            claims.append(found.values.sorted { $0.weight > $1.weight })
        }
        // Which archive it is, most files say; a replica is asked only where none says anything.
        var weights: [String: Int] = [:]
        for claim in claims.first(where: { !$0.isEmpty }) ?? [] {
            weights[claim.archiveID, default: 0] += claim.weight
        }
        let id = weights.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
        var reason: JobError?
        for claim in claims.joined() where claim.archiveID == id {
            guard let header = claim.headers.first else { continue }
            do {
                let dataKey = try header.unwrapDataKey(using: service)
                guard claim.headers.contains(where: { (try? $0.verified(dataKey: dataKey)) != nil })
                else {
                    reason = reason ?? JobError.integrity(path, "no header of it is intact")
                    continue
                }
                try OpenArchive.check(header.claims.context, has: expecting, at: path)
                return Key(
                    dataKey, header.claims.context, header.claims.wrappedKeys, archiveID: id)
            } catch {
                let explained = JobError(explaining: error)
                if explained.status == .unreachable { throw explained }
                reason =
                    reason
                    ?? JobError(
                        explained.status, "cannot open \(path): \(explained.message)",
                        hint: explained.hint)
            }
        }
        throw reason ?? JobError.integrity(path, "holds no message with an intact header")
    }

    private static func archiveID(_ context: EncryptionContext) -> String? {
        context.value(for: ArchiveKey.archiveContextKey).map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: manifest and catalog

    private func manifest(
        _ copies: [PartFinder.Copy], _ key: Key, _ log: DamageLog
    ) -> (Manifest?, isOwn: Bool) {
        var reason: (any Error)?
        for copy in copies {
            do {
                let manifest = try OpenArchive.readManifest(of: copy.stored)
                try manifest.verify(with: key.dataKey)
                guard manifest.archive == key.archiveID,
                    Manifest.Codec(rawValue: manifest.codec) != nil
                else { throw JobError.integrity(copy.stored.path, "is another archive's") }
                _ = try Self.plaintexts(of: manifest, copy.stored.path)
                if let reason { note(reason, isLost: false) }
                return (manifest, isOwn: reason == nil)
            } catch {
                reason = reason ?? error
            }
        }
        func note(_ error: any Error, isLost: Bool) {
            let path = copies[0].stored.path
            let message = JobError(explaining: error).message
            let place = "\(path)/\(StoredArchive.manifestName)"
            let reason = [
                "\(place): ", "\(path): \(StoredArchive.manifestName): ", "\(path): ",
                "\(StoredArchive.manifestName): ",
            ].first(where: message.hasPrefix).map { String(message.dropFirst($0.count)) }
            log.note(place, JobError(.integrity, reason ?? message), isLost: isLost)
        }
        if let reason { note(reason, isLost: true) }
        log.notice(
            "the manifest is lost and was rebuilt: nothing proves the archive's name and time")
        return (nil, isOwn: false)
    }

    /// The file of the catalog, if it is whole; read once to its end.
    private func catalog(
        _ copies: [PartFinder.Copy], _ key: Key, _ manifest: Manifest?, _ log: DamageLog
    ) -> CatalogFacts? {
        let path = copies[0].stored.path
        let place = "\(path)/\(CatalogWriter.name)"
        var reason: (any Error)?
        for copy in copies {
            let files = copy.files.filter { file in
                manifest.map { $0.catalog.message == file.message }
                    ?? (file.name == CatalogWriter.name)
            }
            if files.isEmpty {
                let file = copy.file(named: CatalogWriter.name)
                let problem = file.map { $0.problem ?? "is another message: swapped or foreign" }
                reason = reason ?? JobError.integrity(place, problem ?? "is missing")
            }
            for file in files {
                do {
                    let stored = try copy.stored.open(file.name)
                    let facts = try CatalogFacts(
                        stored, message: file.message ?? "", archiveID: key.archiveID,
                        messages: manifest?.parts.map(\.message), dataKey: key.dataKey)
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

    private static func codec(of copies: [PartFinder.Copy]) -> Manifest.Codec {
        let names = copies.flatMap(\.files).map(\.name).filter { $0.hasPrefix("part-") }
        let plain = names.count { $0.hasSuffix(".tar.esdk") }
        return plain * 2 > names.count ? .none : .zstd
    }

    // MARK: parts

    private static func plaintexts(of manifest: Manifest, _ path: String) throws -> [Int] {
        let context = try OpenArchive.context(of: manifest, at: path)
        let wrappedKeys = try OpenArchive.wrappedKeys(of: manifest, at: path)
        return try manifest.parts.map { file in
            guard let id = MessageID(hexadecimal: file.message) else {
                throw JobError.integrity(path, "the manifest names a message that is none")
            }
            let fields = context.isEmpty ? 0 : context.canonicalBytes.count
            let header =
                1 + 2 + id.bytes.count + 2 + fields + 2
                + wrappedKeys.reduce(0) { $0 + $1.byteCount } + 1 + 4
                + MessageKeys.commitmentByteCount + 16
            return try FrameLayout(
                headerByteCount: header, frameByteCount: manifest.sizes.frame,
                messageByteCount: file.length
            ).plaintextByteCount
        }
    }

    /// The frame length of most messages that are named like parts.
    private func frameByteCount(_ copies: [PartFinder.Copy], _ key: Key) throws -> Int {
        var counts: [Int: Int] = [:]
        for copy in copies {
            for file in copy.files where file.name != CatalogWriter.name && file.message != nil {
                guard let header = try? ScannedFile.header(of: copy.stored.open(file.name)),
                    let message = try? header.verified(dataKey: key.dataKey),
                    case .frames(let count) = message.header.content
                else { continue }
                counts[count, default: 0] += 1
            }
        }
        guard let most = counts.max(by: { $0.value < $1.value })?.key else {
            throw JobError.integrity(
                copies[0].stored.path, "has no manifest, and no part with an intact header")
        }
        return most
    }

    /// The file that is named like a part, in the first copy in which it has a message.
    private static func file(
        named name: String, _ copies: [PartFinder.Copy]
    ) -> ScannedFile? {
        copies.lazy.compactMap { $0.file(named: name) }.first { $0.message != nil }
    }

    private func open(
        _ stored: StoredArchive, _ copies: [PartFinder.Copy], _ key: Key, _ codec: Manifest.Codec,
        _ known: Manifest?, _ isOwn: Bool, _ catalog: CatalogFacts, _ log: DamageLog
    ) throws -> OpenArchive {
        let codec = catalog.codec ?? codec
        let plaintexts = try known.map { try Self.plaintexts(of: $0, stored.path) }
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
        let frame = try known?.sizes.frame ?? frameByteCount(copies, key)
        let parts = try finder(copies, wanted, catalog: catalog.message, frame, key, log)
        let manifest =
            known
            ?? Self.manifest(
                of: stored, key, codec, wanted, frame, chunk: catalog.largestChunk,
                totals: Manifest.Totals(
                    entries: catalog.entries, content: catalog.contentByteCount,
                    tar: catalog.tarByteCount, stored: 0))
        return opened(
            stored, manifest, codec, key,
            OpenArchive.Salvage(
                parts: parts, catalog: (catalog.file, catalog.message), hasOwnManifest: isOwn))
    }

    private func finder(
        _ copies: [PartFinder.Copy], _ wanted: [PartFinder.Wanted], catalog: String?, _ frame: Int,
        _ key: Key, _ log: DamageLog
    ) throws -> PartFinder {
        try PartFinder(
            copies, wanted: wanted, catalog: catalog, frameByteCount: frame,
            context: key.context, wrappedKeys: key.wrappedKeys, dataKey: key.dataKey, log: log)
    }

    private func opened(
        _ stored: StoredArchive, _ manifest: Manifest, _ codec: Manifest.Codec, _ key: Key,
        _ salvage: OpenArchive.Salvage
    ) -> OpenArchive {
        OpenArchive(
            salvaged: stored, manifest: manifest, codec: codec, context: key.context,
            wrappedKeys: key.wrappedKeys, dataKey: key.dataKey, salvage)
    }

    private func rebuild(
        _ stored: StoredArchive, _ copies: [PartFinder.Copy], _ key: Key, _ codec: Manifest.Codec,
        _ known: Manifest?, _ isOwn: Bool, _ log: DamageLog
    ) throws -> OpenArchive {
        let frame = try known?.sizes.frame ?? frameByteCount(copies, key)
        let wanted: [PartFinder.Wanted]
        if let known {
            let counts = try Self.plaintexts(of: known, stored.path)
            wanted = known.parts.enumerated().map { number, file in
                PartFinder.Wanted(
                    name: codec.partName(number), message: file.message,
                    plaintextByteCount: counts[number])
            }
        } else {
            wanted = try Self.parts(copies, codec, key, frame)
            log.notice(
                "nothing proves that the parts are all there and in order: their names say it")
        }
        let parts = try finder(copies, wanted, catalog: known?.catalog.message, frame, key, log)
        let found = try CatalogRebuild(
            archiveID: key.archiveID, codec: codec, parts: parts, wanted: wanted,
            context: key.context, wrappedKeys: key.wrappedKeys, frameByteCount: frame,
            manifest: known, directory: directory(), workers: OpenWorker.Meters(flow), flow: flow
        ).run(key.dataKey)
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
                of: stored, key, codec, wanted, frame, chunk: found.largestChunk,
                totals: Manifest.Totals(
                    entries: found.entries, content: found.contentByteCount,
                    tar: found.tarByteCount, stored: 0))
        return opened(
            stored, manifest, codec, key,
            OpenArchive.Salvage(
                parts: parts, catalog: found.catalog, hasOwnManifest: isOwn))
    }

    /// Where names are all there is, one of them may not make a million parts.
    private static let largestNumber = 1 << 20

    /// The parts as their names and headers tell them, where nothing else does.
    private static func parts(
        _ copies: [PartFinder.Copy], _ codec: Manifest.Codec, _ key: Key, _ frame: Int
    ) throws -> [PartFinder.Wanted] {
        let numbers = copies.flatMap(\.files).filter { $0.message != nil }.compactMap { file in
            Int(file.name.dropFirst("part-".count).prefix { $0.isNumber })
                .flatMap { codec.partName($0) == file.name ? $0 : nil }
        }
        guard let last = numbers.filter({ $0 < largestNumber }).max() else {
            throw JobError.integrity(
                copies[0].stored.path, "has lost manifest and catalog, and holds no part")
        }
        let named = (0...last).map { number in
            copies.compactMap { $0.file(named: codec.partName(number)) }
                .filter { $0.message != nil }
        }
        // A message under two numbers: which of them is its own, nothing tells.
        let numbersOf = Dictionary(
            grouping: named.compactMap(\.first?.message), by: \.self
        ).mapValues(\.count)
        return named.enumerated().map { number, files in
            let name = codec.partName(number)
            let files = files.filter { numbersOf[$0.message ?? ""] == 1 }
            guard let longest = files.max(by: { $0.byteCount < $1.byteCount }),
                let header = longest.headerByteCount
            else { return PartFinder.Wanted(name: name, message: "", plaintextByteCount: 0) }
            let layout = try? FrameLayout(
                headerByteCount: header, frameByteCount: frame, messageByteCount: longest.byteCount)
            // A length that no message has: it was cut off, and its whole frames are what there is.
            let whole =
                max(0, longest.byteCount - header) / (frame + FrameLayout.regularOverhead) * frame
            return PartFinder.Wanted(
                name: name, message: files.first?.message ?? "",
                plaintextByteCount: layout?.plaintextByteCount ?? whole)
        }
    }

    private static func manifest(
        of stored: StoredArchive, _ key: Key, _ codec: Manifest.Codec,
        _ wanted: [PartFinder.Wanted], _ frame: Int, chunk: Int, totals: Manifest.Totals
    ) -> Manifest {
        let last = stored.path.split(separator: "/").last.map(String.init) ?? ""
        return Manifest(
            archive: key.archiveID, job: "", created: ArchiveName(last)?.timestamp ?? "",
            finished: "", tool: "", codec: codec,
            keys: key.wrappedKeys.compactMap(\.wrappedDataKey).map {
                Manifest.Key(arn: $0.key.description, wrapped: $0.ciphertext)
            },
            context: key.context.pairs.map {
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
