import Archive
import Pipeline
import Storage

/// What a job would do, found out without doing it.
package struct JobPlan: Sendable {
    /// Nil where only the run will tell: a stream, or an archive that needs its key.
    package var entries: Int?
    package var contentBytes: Int?
    package var tarBytes: Int?
    /// At most, as if nothing compressed.
    package var parts: Int?
    package var keyCalls = 0
    /// The most memory the run takes, whatever the data.
    package var memoryBytes = 0
    package var problems = 0

    /// What a process takes before its first buffer, and what names and tables need: measured on runs
    /// of 10 to a million entries.
    private static let baseByteCount = 64 << 20

    package static func make(
        _ job: Job, environment: RunEnvironment
    ) throws(JobError) -> JobPlan {
        do { return try plan(job) } catch { throw JobError(explaining: error) }
    }

    private static func plan(_ job: Job) throws -> JobPlan {
        var plan = JobPlan()
        plan.memoryBytes = baseByteCount
        if case .archive(let path, _, _) = job.input {
            let manifest = try OpenArchive.readManifest(of: StoredArchive(at: path))
            plan.entries = manifest.totals.entries
            plan.contentBytes = manifest.totals.content
            plan.tarBytes = manifest.totals.tar
            plan.parts = manifest.parts.count
            plan.keyCalls = job.stages.decrypts ? 1 : 0
            plan.memoryBytes += job.workers * OpenWorker.bufferByteCount(manifest.sizes)
            if case .directory = job.output {
            } else {
                plan.memoryBytes += (job.workers + 2) * ChunkCompressor.bound(manifest.sizes.chunk)
            }
            return plan
        }
        if case .paths(let sources, let exclude, let oneFileSystem) = job.input {
            let estimate = try SourceEstimate(
                of: sources, exclude: exclude, oneFileSystem: oneFileSystem)
            plan.entries = estimate.entries
            plan.contentBytes = estimate.contentBytes
            plan.tarBytes = estimate.tarBytes
            plan.problems = estimate.problems
            if let encryption = job.stages.encryption {
                plan.parts = estimate.tarBytes / encryption.partByteCount + 1
            }
        }
        if job.stages.encryption != nil {
            plan.keyCalls = job.key.names.count + (job.key.restoreProfile == nil ? 0 : 1)
        }
        if job.stages.decrypts {
            plan.keyCalls = 1
            return plan
        }
        let settings = SealRun.Settings(job, job.stages.encryption ?? Stages.Encryption())
        plan.memoryBytes += SealRun.bufferByteCount(settings)
        return plan
    }
}
