import Archive
import Storage

/// Reads the history of a set: the summary beside each archive, and where there is none the manifest.
///
/// Nothing is decrypted, so nothing is authenticated: it is as true as the set is protected.
package enum HistoryReader {
    /// Goes on past archives without a manifest that can be read; they are named in the notices.
    package static func read(_ path: String) throws(JobError) -> RunHistory {
        do {
            var runs: [RunHistory.Run] = []
            var notices: [String] = []
            for archive in try InventoryRun.archives(at: path) {
                do { runs.append(try run(archive)) } catch {
                    notices.append("left out: \(JobError(explaining: error).message)")
                }
            }
            var history = RunHistory(set: path, runs: runs)
            history.notices = notices
            return history
        } catch {
            throw JobError(explaining: error)
        }
    }

    private static func run(_ archive: String) throws -> RunHistory.Run {
        let stored = try StoredArchive(at: archive)
        let manifest = try OpenArchive.readManifest(of: stored)
        // Of the summary only what a manifest lacks: sizes are those of the files that are there.
        let summary = SummaryFile(in: stored, of: manifest)
        return RunHistory.Run(
            archive: archive, job: manifest.job, started: manifest.created,
            seconds: summary.flatMap { $0.keptParts == nil ? $0.seconds : nil },
            entries: manifest.totals.entries,
            contentBytes: manifest.totals.content, storedBytes: manifest.totals.stored,
            problemCount: manifest.problemCount,
            settings: summary.map {
                RunHistory.Settings(
                    level: $0.level, chunkByteCount: $0.chunkBytes, workers: $0.workers)
            })
    }
}
