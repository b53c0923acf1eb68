import Archive
import Envelope
import Locking
import OKMS
import Pipeline
import Storage

/// Moves one archive to other customer master keys; its data key, messages and frames stay.
///
///     open → wrap → (copy behind new headers) ∥ → manifest → (read back, compare) ∥ → exchange → remove
///
/// The new archive is written beside the old one and takes its place in one step, when all of it is
/// durable and has been verified. Whoever holds the place's lock may start.
struct ArchiveRewrap {
    let path: String
    let source: any KeyManagementService
    let keys: RewrapKeys
    let workers: Int
    let progress: RunProgress
    let flow: Flow

    func run(wrapsAgain: Bool, isDryRun: Bool) throws -> RewrapReport {
        let place = try ArchivePlace(of: path)
        let stored = try StoredArchive(at: place.path)
        let archive = try OpenArchive(stored, service: source, expecting: .empty)
        try archive.checkFiles()
        try checkNames(of: archive)
        let arns = archive.manifest.keys.map(\.arn)
        func report(
            _ outcome: RewrapReport.Outcome, _ byteCount: Int, _ notices: [String] = []
        ) -> RewrapReport {
            RewrapReport(
                archive: path, outcome: outcome, from: arns, to: keys.arns, byteCount: byteCount,
                notices: notices)
        }
        if !wrapsAgain, Set(arns) == Set(keys.arns) { return report(.unchanged, 0) }
        // Asked again at the end; known now, it saves the work.
        try stored.checkIsIdle()
        if isDryRun {
            try keys.check(archive)
            let count = archive.manifest.totals.stored
            try checkSpace(for: count, at: place)
            return report(.planned, count)
        }
        let wrapped = try keys.wrap(archive)
        var notices = try keys.prove(wrapped, open: archive)
        let wrappedKeys = try wrapped.map { key in
            guard let wrappedKey = WrappedKey(key) else {
                throw JobError(.keyRefused, "the service made a wrapped key of over 65535 bytes")
            }
            return wrappedKey
        }
        let files = (archive.manifest.parts + [archive.manifest.catalog]).map {
            RewrappedFile(description: $0, archive: archive, wrappedKeys: wrappedKeys)
        }
        let count =
            files.reduce(0) { $0 + $1.description.length }
            + files.count * (Self.byteCount(wrappedKeys) - Self.byteCount(archive.wrappedKeys))
        try checkSpace(for: count, at: place)
        progress.expect(tarBytes: 2 * count)
        let summary = try SummaryFile.bytes(in: stored)
        let replacement = try place.beginReplacement()
        // Not left to the last reference: that may die after this process.
        defer { replacement.discard() }
        let written = try write(files, in: replacement)
        guard let catalog = written.last else { preconditionFailure("there is a catalog") }
        let manifest = archive.manifest.rewrapped(
            keys: wrapped.map { Manifest.Key(arn: $0.key.description, wrapped: $0.ciphertext) },
            parts: Array(written.dropLast()), catalog: catalog)
        try write(manifest, of: archive, in: replacement)
        if let summary { try copy(summary, of: stored, to: replacement) }
        try replacement.complete()
        try verify(files, in: replacement, manifest, archive, summary)
        try flow.check()
        let remains = try replacement.takePlace(of: stored)
        do { try remains.remove() } catch {
            notices.append("the old files are still in \(remains.path): \(error)")
        }
        return report(.rewrapped, count, notices)
    }

    /// Names that a writer of ours gives, each once: the new archive gets files of the same names.
    private func checkNames(of archive: OpenArchive) throws {
        let manifest = archive.manifest
        let names = manifest.parts.indices.map(archive.codec.partName) + [CatalogWriter.name]
        guard manifest.parts.map(\.name) + [manifest.catalog.name] == names else {
            throw JobError.integrity(
                "\(path)/\(StoredArchive.manifestName)", "names other files than an archive has")
        }
    }

    private func checkSpace(for byteCount: Int, at place: ArchivePlace) throws {
        // The manifest, directories, and what the file system needs to note it all.
        let needed = byteCount + byteCount / 100 + (1 << 20)
        let available = try place.availableByteCount()
        guard available >= needed else {
            throw JobError(
                .exhausted,
                "\(place.parent) has \(available) bytes left; rewrapping \(place.name) needs \(needed) "
                    + "for as long as it takes",
                hint: "free some space; the archive is as it was")
        }
    }

    private func write(
        _ files: [RewrappedFile], in replacement: ReplacementArchive
    ) throws -> [Manifest.File] {
        let written = Monitor([Manifest.File?](repeating: nil, count: files.count))
        let copying = flow.makeMeter("copy", at: .pool("copiers"))
        let pool = try flow.makeWorkers(workers, meter: StageMeter("copiers")) {
            try Buffer(capacity: 1 << 20)
        }
        for (index, file) in files.enumerated() {
            pool.submit(.starting) { [progress, flow] buffer in
                let description = try copying.measure {
                    try file.write(in: replacement, buffer, progress, flow)
                }
                copying.count(bytesIn: description.length, bytesOut: description.length)
                written.update { $0[index] = description }
            }
        }
        pool.finish()
        try flow.wait()
        return written.read { $0.compactMap(\.self) }
    }

    private func write(
        _ manifest: Manifest, of archive: OpenArchive, in replacement: ReplacementArchive
    ) throws {
        let bytes = try manifest.serialized(authenticatedBy: archive.dataKey)
        let file = try replacement.create(StoredArchive.manifestName)
        try file.write(bytes.span, at: 0)
        file.adoptOwner(of: try archive.stored.open(StoredArchive.manifestName))
        try file.publish()
    }

    /// The summary stays with the archive: it tells of the run, whatever the keys.
    private func copy(
        _ summary: [UInt8], of stored: StoredArchive, to replacement: ReplacementArchive
    ) throws {
        let file = try replacement.create(StoredArchive.summaryName)
        try file.write(summary.span, at: 0)
        file.adoptOwner(of: try stored.open(StoredArchive.summaryName))
        try file.publish()
    }

    /// Reads all of the new archive back: manifest, headers, digests, frames, and the summary.
    private func verify(
        _ files: [RewrappedFile], in replacement: ReplacementArchive, _ manifest: Manifest,
        _ archive: OpenArchive, _ summary: [UInt8]?
    ) throws {
        let stored = try StoredArchive(at: replacement.path)
        let copy = try OpenArchive(stored, dataKey: archive.dataKey)
        let descriptions = copy.manifest.parts + [copy.manifest.catalog]
        guard copy.manifest.parts == manifest.parts, copy.manifest.catalog == manifest.catalog,
            copy.manifest.keys == manifest.keys, copy.context == archive.context,
            try stored.names().count == descriptions.count + (summary == nil ? 1 : 2),
            try SummaryFile.bytes(in: stored) == summary
        else { throw JobError.integrity(stored.path, "was not stored as it was written") }
        let verifying = flow.makeMeter("verify", at: .pool("verifiers"))
        let pool = try flow.makeWorkers(workers, meter: StageMeter("verifiers")) {
            (try Buffer(capacity: 1 << 20), try Buffer(capacity: 1 << 20))
        }
        for (file, description) in zip(files, descriptions) {
            pool.submit(.starting) { [progress, flow] buffers in
                try verifying.measure {
                    try file.verify(in: copy, as: description, buffers, progress, flow)
                }
                verifying.count(bytesIn: description.length)
            }
        }
        pool.finish()
        try flow.wait()
    }

    /// What they take of a header, but for what is the same for all.
    private static func byteCount(_ keys: [WrappedKey]) -> Int {
        keys.reduce(0) { $0 + $1.byteCount }
    }
}
