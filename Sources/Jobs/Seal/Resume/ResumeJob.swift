import Archive
import Foundation
import LibCrypto
import Locking
import OKMS
import Pipeline
import Storage

/// An archive that a run left unfinished and that the next run of the same job goes on with.
///
/// Finished parts are kept if their digests are right and everything in them is still what it was: by the
/// walk's order, metadata, size, times and inode. What comes behind the first difference is sealed anew,
/// in parts with message ids of their own.
extension JobRunner {
    /// Older ones are removed: what they hold is not worth what it costs to compare.
    static let unfinishedExpirySeconds = 7 * 86400

    private struct NotTakenUp: Error { let reason: String }

    /// Finds what can be taken up; the rest is left to be removed. `notices` gets why something could
    /// not. The caller holds the lock.
    ///
    /// Throws where it may be taken up later: while the key service cannot be reached.
    func takeUpUnfinished(
        in set: ArchiveSet, _ material: SealRun.Material, notices: inout [String]
    ) throws -> KeptParts? {
        guard resumes, case .trees(let roots, let options) = material else { return nil }
        guard let name = try set.unfinished().last else { return nil }
        do {
            let now = Date()
            guard name > Self.name(of: now - Double(Self.unfinishedExpirySeconds)) else {
                throw NotTakenUp(reason: "it is older than seven days")
            }
            guard name <= Self.name(of: now) else {
                throw NotTakenUp(reason: "it is of a time that is yet to come")
            }
            let archive = try set.resume(name)
            let (kept, noted) = try open(archive)
            let intact = try countIntact(kept)
            let parts = try min(intact, countUnchanged(kept, but: noted, roots, options))
            guard parts > 0 else {
                throw NotTakenUp(
                    reason: intact > 0
                        ? "something in its first part has changed since"
                        : "its first part is damaged")
            }
            let taken = kept.prefix(parts)
            try archive.removeAll(
                but: Set(
                    taken.files.map(\.name) + (0..<parts).map(PartJournal.name)
                        + [RunRecord.name]))
            return taken
        } catch {
            if let failure = flow.failure { throw failure }
            let reason: String
            if let error = error as? NotTakenUp {
                reason = error.reason
            } else {
                let explained = JobError(explaining: error)
                // Storage that cannot be read is no reason to seal nothing; a service that may come back is.
                guard
                    error is StorageError
                        || [.integrity, .keyRefused, .missing].contains(explained.status)
                else { throw error }
                reason = explained.message
            }
            notices.append("the unfinished archive \(name) was not taken up: \(reason)")
            return nil
        }
    }

    /// The parts whose journals are whole, and the paths of what could not be sealed well, and may be by now.
    private func open(
        _ archive: PartialArchive
    ) throws -> (kept: KeptParts, noted: Set<[UInt8]>) {
        let header = try RunRecord.header(in: archive)
        let service = try keyService(making: true)
        let key = try callingService { try ArchiveKey(reopening: header, using: service) }
        let record = try RunRecord.read(in: archive, key: key)
        let own = RunRecord(
            archive: record.archive, name: archive.name, tool: environment.tool, job: job)
        guard record == own, key.context == (try job.key.context.naming(archive: record.archive))
        else {
            throw NotTakenUp(
                reason: "it was begun by another job, with other settings or by another version")
        }
        let journal = JournalReader(archive, key, codec: codec, parts: .max)
        var noted: Set<[UInt8]> = []
        do {
            while let chunk = try journal.next() {
                try flow.check()
                for case .note(let problem) in chunk.records where problem.kind != .skipped {
                    noted.insert(problem.path)
                }
            }
        } catch {
            // The journal of the part that was not finished.
            try flow.check()
        }
        guard !journal.files.isEmpty else { throw NotTakenUp(reason: "no part of it was finished") }
        let kept = KeptParts(
            archive: archive, archiveID: record.archive, key: key, codec: codec,
            files: journal.files, ends: journal.ends)
        return (kept, noted)
    }

    /// How many parts, from the first one on, are stored as their journals say.
    private func countIntact(_ kept: KeptParts) throws -> Int {
        let firstDamaged = Monitor(kept.files.count)
        let digesting = flow.makeMeter("check", at: .pool("checkers"))
        let pool = try flow.makeWorkers(workers, meter: StageMeter("checkers")) {
            try Buffer(capacity: 1 << 20)
        }
        for (number, file) in kept.files.enumerated() {
            pool.submit(.starting) { [flow] buffer in
                guard firstDamaged.read({ number < $0 }) else { return }
                let digest = digesting.measure {
                    try? kept.archive.open(file.name).sha256(using: buffer) { _ in
                        try flow.check()
                    }
                }
                digesting.count(bytesIn: file.length)
                if digest != file.sha256 { firstDamaged.update { $0 = min($0, number) } }
            }
        }
        pool.finish()
        try flow.wait()
        return firstDamaged.read { $0 }
    }

    /// How many parts, from the first one on, hold only what a walk finds unchanged, and nothing that was noted.
    private func countUnchanged(
        _ kept: KeptParts, but noted: Set<[UInt8]>, _ roots: [SourceWalker.Root],
        _ options: SourceWalker.Options
    ) throws -> Int {
        struct Compared: Error {}
        let sealed = SealedEntries(kept.read())
        // Where the entry that comes next lies in the tar.
        var offset = 0
        // What can no longer be read has no entry; what is new shows in its directory's times.
        let walker = SourceWalker(options: options, isKnown: { _, _ in true }) { _ in }
        do {
            try walker.walk(roots) { entry, identity, _, _ in
                try flow.check()
                guard let next = try sealed.next, next.isSame(entry, identity),
                    !noted.contains(entry.path)
                else { throw Compared() }
                offset = TarPlace(of: next.entry, at: offset).end
                try sealed.advance()
            }
            if try sealed.next == nil { offset = max(offset, kept.tarByteCount) }
        } catch is Compared {}
        return kept.ends.count { $0 <= offset }
    }
}
