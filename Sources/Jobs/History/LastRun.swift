import Archive
import Storage

/// What the last run of a job made: the newest archive of its set that has a manifest.
///
/// Nothing is decrypted, so nothing is authenticated: it is as true as the set is protected.
struct LastRun: Sendable {
    let archive: String
    let totals: Manifest.Totals
}

extension LastRun {
    /// Nil where there is no set yet, or no archive of the job in it.
    init?(of job: String, inSetAt path: String) {
        guard let set = try? ArchiveSet(at: path), let names = try? set.archives() else {
            return nil
        }
        for name in names.reversed() {
            let archive = set.path(of: name)
            guard let stored = try? StoredArchive(at: archive),
                let manifest = try? OpenArchive.readManifest(of: stored), manifest.job == job
            else { continue }
            self.archive = archive
            totals = manifest.totals
            return
        }
        return nil
    }
}
