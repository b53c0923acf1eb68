import Envelope
import Glibc
import OKMS
import Storage

/// Proves, before the night, that a job's key can be used and its output written.
package enum JobProof {
    /// Makes a data key under every key of the job, in its context, and throws it away.
    package static func prove(
        _ job: Job, environment: RunEnvironment, cancelledBy cancellation: Cancellation
    ) throws(JobError) {
        do {
            if job.stages.encryption != nil {
                let service = try environment.keyService(
                    job.key.service, making: true, cancelledBy: cancellation)
                _ = try ArchiveKey(
                    from: service, under: job.key.names.map { try KeyName($0) },
                    context: job.key.context.naming(archive: "check"))
            }
            if case .archive(let path, _) = job.input {
                let service = try environment.keyService(
                    job.key.service, making: false, cancelledBy: cancellation)
                _ = try OpenArchive(
                    StoredArchive(at: path), service: service, expecting: job.key.context)
            }
            if let path = job.report.metrics { try MetricsFile.check(path) }
            switch job.output {
            case .archive(let path):
                try ArchiveSet.check(path)
                try checkWritable(path)
            case .directory(let path, _): try checkWritable(path)
            case .stdout, .discard: break
            }
        } catch {
            throw cancellation.reason ?? JobError(explaining: error)
        }
    }

    /// Whether files could be made at a path, or the path itself where it is not there yet.
    private static func checkWritable(_ path: String) throws {
        if unsafe access(path, W_OK | X_OK) == 0 { return }
        let number = errno
        guard number == ENOENT else {
            throw JobError(.failed, "\(path): \(unsafe String(cString: strerror(number)))")
        }
        try checkWritable(parentDirectory(of: path))
    }
}
