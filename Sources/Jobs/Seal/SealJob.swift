import Archive
import Foundation
import Glibc
import OKMS
import Pipeline
import Storage

/// A job that seals, from its first check to the archive's final name.
extension JobRunner {
    func seal() throws -> RunSummary {
        let material = try material()
        guard let encryption = job.stages.encryption else { return try pass(material) }
        switch job.output {
        case .archive(let path): return try seal(material, encryption, intoSetAt: path)
        case .stdout, .discard: return try seal(material, encryption)
        case .directory: throw JobError(.usage, "what is sealed does not go into a directory")
        }
    }

    // MARK: an archive

    private func seal(
        _ material: SealRun.Material, _ encryption: Stages.Encryption, intoSetAt path: String
    ) throws -> RunSummary {
        try ArchiveSet.check(path)
        try checkIsOutsideSources(path)
        var summary = RunSummary(job: job.name)
        var lock: SetLock?
        var kept: KeptParts?
        let isNew = unsafe access(path, F_OK) != 0
        if !isNew {
            let set = try ArchiveSet(at: path)
            lock = try set.lock()
            kept = try takeUpUnfinished(in: set, material, notices: &summary.notices)
        }
        // Nothing is made before the key is there: a run that is refused leaves no trace.
        let archiveID = kept?.archiveID ?? UUID().uuidString.lowercased()
        // Also to go on with another: it proves that each key may be used, and says which it is by now.
        var key = try makeKey(context: job.key.context.naming(archive: archiveID))
        if let found = kept {
            if found.key.wrapped.map(\.key) == key.wrapped.map(\.key) {
                key = found.key
            } else {
                kept = nil
                summary.notices.append(
                    "the unfinished archive \(found.archive.name) was not taken up: its keys are not "
                        + "those that the job names by now")
            }
        }
        try proveOpens(key)
        let last = LastRun(of: job.name, inSetAt: path)
        try OutputProof.checkRoom(for: last, at: path)
        let preparing = flow.makeMeter(Bottleneck.prepare, at: .outside)
        let set = try preparing.measure { try ArchiveSet(makingAt: path) }
        lock = try lock ?? set.lock()
        defer { withExtendedLifetime(lock) {} }
        // Where it was made for nothing.
        defer { if isNew { try? set.removeIfEmpty() } }
        let removed = try set.removeUnfinished(but: kept?.archive.name)
        if removed > 0 {
            summary.notices.append(
                "removed \(Amount.count(removed, "unfinished archive"))")
        }
        if try set.recoverReplaced() > 0 {
            summary.notices.append("put right what an interrupted rewrap left")
        }
        let partial = try preparing.measure {
            try kept?.archive ?? set.begin(name(in: set))
        }
        let run = sealRun(
            material, to: .archive(partial), encryption, key, archiveID, goingOnFrom: kept)
        do {
            if let kept {
                summary.keptParts = kept.files.count
                summary.notices.append("went on from \(Self.text(kept.files)) of \(partial.name)")
            } else if material.canBeReadAgain {
                try preparing.measure {
                    try RunRecord(
                        archive: archiveID, name: partial.name, tool: environment.tool, job: job
                    ).write(in: partial, key: key)
                }
            }
            summary.archive = try commit(
                run, partial, after: last, encryption, key, archiveID, &summary)
        } catch {
            leave(partial, run.finishedParts, after: error)
            throw error
        }
        return summary
    }

    /// Runs the pipeline, writes the manifest and gives the archive its name; returns its path.
    private func commit(
        _ run: SealRun, _ partial: PartialArchive, after last: LastRun?,
        _ encryption: Stages.Encryption, _ key: ArchiveKey, _ archiveID: String,
        _ summary: inout RunSummary
    ) throws -> String {
        let result = try RunGuard(job, after: last).watch(progress) { try run.run() }
        guard let catalog = result.catalog else { preconditionFailure("a run writes a catalog") }
        // After those of the pipeline: it stands behind them.
        let committing = flow.makeMeter(Bottleneck.commit, at: .outside)
        let manifest = Manifest(
            archive: archiveID, job: job.name, created: partial.name.timestamp,
            finished: Self.name(of: Date()).timestamp, tool: environment.tool, codec: codec,
            keys: key.wrapped.map {
                Manifest.Key(arn: $0.key.description, wrapped: $0.ciphertext)
            },
            context: key.context.pairs.map {
                [
                    String(decoding: $0.key, as: UTF8.self),
                    String(decoding: $0.value, as: UTF8.self),
                ]
            },
            sizes: Manifest.Sizes(
                chunk: job.stages.chunkByteCount, frame: encryption.frameByteCount,
                part: encryption.partByteCount),
            totals: Manifest.Totals(
                entries: result.entries, content: progress.contentBytes, tar: result.tarByteCount,
                stored: result.parts.reduce(catalog.length) { $0 + $1.length }),
            problems: progress.firstProblems.map(Manifest.Problem.init),
            problemCount: progress.problemCount, parts: result.parts, catalog: catalog)
        let archive = try committing.measure {
            let bytes = try manifest.serialized(authenticatedBy: key.dataKey)
            let file = try partial.create(StoredArchive.manifestName)
            try file.write(bytes.span, at: 0)
            try file.publish()
            try flow.check()
            return try partial.commit()
        }
        summary.archive = archive
        summary.take(progress)
        summary.storedBytes = manifest.totals.stored
        summary.types = result.typeTotals
        summary.keyCalls = keyCalls
        measure(&summary)
        do { try SummaryFile(summary, of: job, manifest).write(in: archive) } catch {
            // The archive is there for good.
            summary.notices.append("the summary of the run could not be written: \(error)")
        }
        return archive
    }

    /// Leaves what is finished of an archive to the next run; nothing where nothing is.
    private func leave(
        _ partial: PartialArchive, _ finished: [Manifest.File], after error: any Error
    ) {
        if partial.hasName {
            return warn("\(partial.name) is there, but may be gone after a loss of power")
        }
        let status = JobError(explaining: flow.failure ?? error).status
        guard !finished.isEmpty, status != .guardTripped else { return partial.discard() }
        partial.keep()
        warn(
            "kept \(Self.text(finished)) of \(partial.name): the next run of the job goes on from there"
        )
    }

    private static func text(_ parts: [Manifest.File]) -> String {
        let size = Amount.bytes(parts.reduce(0) { $0 + $1.length })
        return "\(Amount.count(parts.count, "finished part")) (\(size))"
    }

    /// An archive that held itself would never end.
    private func checkIsOutsideSources(_ path: String) throws {
        guard case .paths(let sources, let exclude, _) = job.input else { return }
        let set = resolvedPath(path)
        for source in sources {
            let root = resolvedPath(source.path)
            guard set == root || set.hasPrefix(root == "/" ? "/" : root + "/") else { continue }
            let name = source.name + set.dropFirst(root == "/" ? 0 : root.count)
            if exclude.contains(where: { $0.matches(name, isFolder: true) }) { continue }
            throw JobError(
                .usage, "the archive set \(path) lies within the source \(source.path)",
                hint: "put it elsewhere, or exclude '\(name)'")
        }
    }

    /// The time; where a clock went wrong the one after the newest archive, for the last must be the newest.
    private func name(in set: ArchiveSet) throws -> ArchiveName {
        let now = Self.name(of: Date())
        guard let newest = try set.archives().last, newest >= now else { return now }
        guard let next = newest.next else {
            throw JobError(
                .failed, "\(set.path(of: newest)) is of the last moment of the year 9999",
                hint: "no archive can be newer; move it elsewhere")
        }
        warn(
            "\(set.path(of: newest)) is of a time yet to come; the new archive is named after it, to "
                + "be the newest. Check the clock, and move away what is not from here")
        return next
    }

    static func name(of date: Date) -> ArchiveName {
        let milliseconds = Int(date.timeIntervalSince1970 * 1000)
        return ArchiveName(seconds: milliseconds / 1000, milliseconds: milliseconds % 1000)
    }

    // MARK: a message, or nothing

    private func seal(
        _ material: SealRun.Material, _ encryption: Stages.Encryption
    ) throws -> RunSummary {
        let isStdout = job.output == .stdout
        let archiveID = UUID().uuidString.lowercased()
        let context = try isStdout ? job.key.context : job.key.context.naming(archive: archiveID)
        let key = try makeKey(context: context)
        try proveOpens(key)
        var encryption = encryption
        // Standard output takes one message, however long.
        if isStdout { encryption.partByteCount = .max }
        let destination = isStdout ? SealRun.Destination.stdout : .discard
        let result = try RunGuard(job).watch(progress) {
            try sealRun(
                material, to: destination, encryption, key, archiveID,
                sample: job.output == .discard ? sample : .all
            ).run()
        }
        var summary = RunSummary(job: job.name)
        summary.take(progress)
        summary.types = result.typeTotals
        summary.keyCalls = keyCalls
        return summary
    }

    /// Packs and compresses without encrypting; only to where nothing is stored by us.
    private func pass(_ material: SealRun.Material) throws -> RunSummary {
        guard job.output == .stdout || job.output == .discard else {
            throw JobError(
                .usage, "an archive is always encrypted", hint: "add the stage 'encrypt'")
        }
        let run = SealRun(
            material, to: job.output == .stdout ? .stdout : .discard,
            settings: settings(Stages.Encryption()), key: nil, archiveID: "", progress: progress,
            flow: flow)
        let result = try run.run()
        var summary = RunSummary(job: job.name)
        summary.take(progress)
        summary.types = result.typeTotals
        return summary
    }

    // MARK: pieces

    var codec: Manifest.Codec { job.stages.compression == nil ? .none : .zstd }

    private func makeKey(context: EncryptionContext) throws -> ArchiveKey {
        let names = try job.key.names.map { try KeyName($0) }
        // With what it takes to reach the service, such as making a store.
        return try callingService(count: names.count) {
            try ArchiveKey(from: keyService(making: true), under: names, context: context)
        }
    }

    /// Throws unless who is to restore, where the job names that, can open what is sealed with a key.
    private func proveOpens(_ key: ArchiveKey) throws {
        guard let profile = job.key.restoreProfile else { return }
        let restorer = try keyService(making: false)
        try KeyProof.checkOpens(key, for: profile, by: restorer) { try callingService($0) }
    }

    private func settings(_ encryption: Stages.Encryption) -> SealRun.Settings {
        SealRun.Settings(job, encryption)
    }

    private func sealRun(
        _ material: SealRun.Material, to destination: SealRun.Destination,
        _ encryption: Stages.Encryption, _ key: ArchiveKey, _ archiveID: String,
        goingOnFrom kept: KeptParts? = nil, sample: ChunkSample = .all
    ) -> SealRun {
        var settings = settings(encryption)
        settings.sample = sample
        return SealRun(
            material, to: destination, settings: settings, key: key, archiveID: archiveID,
            goingOnFrom: kept, progress: progress, flow: flow)
    }

    private func material() throws -> SealRun.Material {
        switch job.input {
        case .paths(let sources, let exclude, let oneFileSystem):
            try JobProof.checkSources(sources)
            return .trees(
                SourceEstimate.roots(sources),
                SourceEstimate.options(exclude: exclude, oneFileSystem: oneFileSystem))
        case .stdin(let name), .command(_, let name):
            let source = try streamSource()
            return job.output == .stdout ? .bytes(source) : .file(source, name: name)
        case .archive: throw JobError(.usage, "an archive is not sealed again")
        }
    }
}

extension SealRun.Settings {
    init(_ job: Job, _ encryption: Stages.Encryption) {
        self.init(
            chunkByteCount: job.stages.chunkByteCount,
            compressionLevel: job.stages.compression?.level,
            frameByteCount: encryption.frameByteCount, partByteCount: encryption.partByteCount,
            workers: job.workers)
    }
}
