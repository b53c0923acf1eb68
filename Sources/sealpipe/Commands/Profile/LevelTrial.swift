import Jobs

/// Runs a job on a sample of its chunks at another level of compression, and keeps nothing.
struct LevelTrial {
    private static let sampleByteCount = 256 << 20

    let job: Job
    /// Of the whole.
    let tarBytes: Int

    func run(at level: Int) throws -> RunSummary {
        var job = job.dryRun()
        job.stages.compression?.level = level
        let sample = ChunkSample(byteCount: Self.sampleByteCount, of: tarBytes)
        return try JobExecution.execute(job, sample: sample, tellsProblems: false)
    }
}
