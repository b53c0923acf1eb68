import Archive
import Locking
import OKMS
import Pipeline
import Storage

/// Rewraps archives, one after the other, each as a whole or not at all.
///
/// What is wrong with one archive does not keep the others from being moved; what is wrong with the
/// machine, the service or the run does.
package final class RewrapRun: Sendable {
    private let request: RewrapRequest
    private let environment: RunEnvironment
    private let progress: RunProgress
    private let cancellation = Cancellation()
    private let flow = Monitor(Flow?.none)

    package init(
        _ request: RewrapRequest, environment: RunEnvironment,
        progress: RunProgress = RunProgress()
    ) {
        self.request = request
        self.environment = environment
        self.progress = progress
    }

    /// Stops the run as soon as it has noticed; the archive it is at stays as it was.
    package func cancel(_ reason: JobError) {
        cancellation.cancel(reason)
        flow.read { $0 }?.fail(reason)
    }

    /// Calls `tell` with what became of each archive. Throws what keeps all of them from being moved.
    /// Returns the first failure of an archive, if there was one.
    package func run(
        _ tell: (_ path: String, Result<RewrapReport, JobError>) throws -> Void
    ) throws -> JobError? {
        do {
            let source = try environment.keyService(
                request.source, making: false, cancelledBy: cancellation)
            let service =
                request.service == request.source
                ? source
                : try environment.keyService(
                    request.service, making: false, cancelledBy: cancellation)
            let keys = try RewrapKeys(request.names, of: service)
            var first: JobError?
            for path in request.paths {
                try rewrap(all: path, source, keys) { path, result in
                    if case .failure(let error) = result { first = first ?? error }
                    try tell(path, result)
                }
            }
            return first
        } catch {
            throw cancellation.reason ?? JobError(explaining: error)
        }
    }

    private typealias Tell = (String, Result<RewrapReport, JobError>) throws -> Void

    /// An archive, or all archives of a set, under its lock.
    private func rewrap(
        all path: String, _ source: any KeyManagementService, _ keys: RewrapKeys, _ tell: Tell
    ) throws {
        let found: (lock: SetLock, archives: [String], notice: String?)
        do { found = try find(path) } catch {
            return try fail(path, error, tell)
        }
        defer { withExtendedLifetime(found.lock) {} }
        var notice = found.notice
        for archive in found.archives {
            let flow = Flow()
            self.flow.update { $0 = flow }
            if let reason = cancellation.reason { throw reason }
            do {
                var report = try ArchiveRewrap(
                    path: archive, source: source, keys: keys, workers: Self.workers,
                    progress: progress, flow: flow
                ).run(wrapsAgain: request.wrapsAgain, isDryRun: request.isDryRun)
                if let text = notice.take() { report.notices.insert(text, at: 0) }
                try tell(archive, .success(report))
            } catch {
                try fail(archive, cancellation.reason ?? flow.failure ?? error, tell)
            }
        }
    }

    private func fail(_ path: String, _ error: any Error, _ tell: Tell) throws {
        let explained = JobError(explaining: error)
        switch explained.status {
        case .unreachable, .exhausted, .interrupted, .terminated: throw explained
        default: try tell(path, .failure(explained))
        }
    }

    /// Locks the set, puts right what a killed run left in it, and lists the archives.
    private func find(_ path: String) throws -> (SetLock, [String], String?) {
        let text = "put right what an interrupted rewrap left"
        if !StoredArchive.isArchive(path), let set = try? ArchiveSet(at: path) {
            let lock = try set.lock()
            let recovered = try set.recoverReplaced()
            let archives = try set.archives().map { set.path(of: $0) }
            if !archives.isEmpty { return (lock, archives, recovered > 0 ? text : nil) }
        }
        let place = try ArchivePlace(of: path)
        let lock = try place.lock()
        let recovered = try place.recover()
        _ = try StoredArchive(at: path)
        return (lock, [path], recovered ? text : nil)
    }

    private static var workers: Int {
        Job(name: "rewrap", input: .stdin(name: "-"), output: .discard).workers
    }
}
