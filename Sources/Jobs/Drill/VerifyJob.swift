import Archive
import Foundation
import Pipeline

/// A job that verifies an archive, or a sample of it: a restore drill, where it opens what it reads.
extension JobRunner {
    func verify(_ path: String, _ share: Percentage) throws -> RunSummary {
        let file = job.report.evidence
        if let file { try Evidence.check(file) }
        let opens = job.stages.decrypts
        let started = Date()
        let verifier = ArchiveVerifier(
            at: path, key: opens ? job.key : nil, replica: job.damage.replica, share: share,
            digesting: file != nil,
            environment: environment, progress: progress, flow: flow, workers: workers,
            calling: { [self] open in try callingService(open) })
        let outcome = Result { () throws(JobError) in try verifier.run() }
        let verdict: Result<VerifyReport, JobError> = outcome.flatMap { report in
            report.failure.map { .failure($0) } ?? .success(report)
        }
        if let file {
            let evidence = Evidence(
                of: job, share, environment, verifier.archive, outcome, verdict,
                at: (started, Date()))
            do { try evidence.write(to: file) } catch {
                // The run's own failure says more.
                guard case .failure = verdict else { throw error }
                warn("the evidence could not be written: \(error)")
            }
        }
        let report = try verdict.get()
        var summary = RunSummary(job: job.name)
        summary.take(progress)
        summary.archive = report.archive
        summary.keyCalls = keyCalls
        if opens { summary.notices += Self.notices(report, verifier.archive?.manifest.totals.tar) }
        return summary
    }

    /// How much was opened, and how long all of it would take.
    private static func notices(_ report: VerifyReport, _ tarByteCount: Int?) -> [String] {
        guard let rate = report.bytesPerSecond, let tarByteCount else { return [] }
        let opened = report.opened
        return [
            "opened \(opened.chunks) of \(report.chunks ?? 0) chunks, "
                + "\(Amount.bytes(opened.byteCount)) of \(Amount.bytes(tarByteCount)); at this rate "
                + "a full restore takes \(Amount.duration(Double(tarByteCount) / rate))"
        ]
    }
}
