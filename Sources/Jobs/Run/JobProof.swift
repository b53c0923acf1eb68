import Archive
import Envelope
import Glibc
import OKMS
import Storage
import SystemIO

/// Proves, before the night, that a job's key can be used and its output written.
package enum JobProof {
    /// Makes a data key under every key of the job, in its context, opens it as who is to restore, and
    /// throws it away; makes a file where the output goes, and removes it. What is to be read must be
    /// there.
    package static func prove(
        _ job: Job, environment: RunEnvironment, cancelledBy cancellation: Cancellation
    ) throws(JobError) {
        do {
            try proveKey(job, environment, cancellation)
            try proveInput(job, environment, cancellation)
            if let path = job.report.metrics { try MetricsFile.check(path) }
            if let path = job.report.evidence { try Evidence.check(path) }
            switch job.output {
            case .archive(let path):
                try ArchiveSet.check(path)
                try OutputProof.checkWritable(path)
                try OutputProof.checkRoom(for: LastRun(of: job.name, inSetAt: path), at: path)
            case .directory(let path, _): try OutputProof.checkWritable(path)
            case .stdout, .discard: break
            }
        } catch {
            throw cancellation.reason ?? JobError(explaining: error)
        }
    }

    private static func proveKey(
        _ job: Job, _ environment: RunEnvironment, _ cancellation: Cancellation
    ) throws {
        guard job.stages.encryption != nil else { return }
        // The first run makes it, with its default key.
        if try environment.willMakeStore(for: job.key) { return }
        let service = try environment.keyService(
            job.key.service, making: false, cancelledBy: cancellation)
        let names = try job.key.names.map { try KeyName($0) }
        try KeyProof.checkStates(of: names, in: service)
        let key = try ArchiveKey(
            from: service, under: names, context: job.key.context.naming(archive: "check"))
        guard let profile = job.key.restoreProfile else { return }
        let restorer = try environment.keyService(
            job.key.service, making: false, as: profile, cancelledBy: cancellation)
        try KeyProof.checkOpens(key, for: profile, by: restorer) { try $0() }
    }

    /// Throws `missing` where a path is not there.
    static func checkSources(_ sources: [Source]) throws(JobError) {
        for source in sources where unsafe access(source.path, F_OK) != 0 {
            throw JobError(
                .missing, "\(source.path): \(systemMessage(errno))",
                hint: "nothing was archived; check the path and that it is mounted")
        }
    }

    private static func proveInput(
        _ job: Job, _ environment: RunEnvironment, _ cancellation: Cancellation
    ) throws {
        if case .paths(let sources, _, _) = job.input { try checkSources(sources) }
        guard case .archive(let path, _, _) = job.input else { return }
        let stored = try StoredArchive(at: path)
        // Digests are compared without a key.
        guard job.stages.decrypts else {
            _ = try OpenArchive.readManifest(of: stored)
            return
        }
        let service = try environment.keyService(
            job.key.service, making: false, as: job.key.restoreProfile, cancelledBy: cancellation)
        _ = try OpenArchive(stored, service: service, expecting: job.key.context)
    }
}
