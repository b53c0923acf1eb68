import Archive
import LibCrypto
import OKMS
import Pipeline
import Storage

/// What a verification found.
package struct VerifyReport: Sendable {
    package let archive: String
    package let files: Int
    /// Bytes whose digests were compared.
    package let bytes: Int
    /// Nil without the key.
    package var entries: Int?
    package var chunks: Int?
    package var found = DamageReport()
    package var seconds = 0.0
}

/// Verifies an archive: the digest of every file; and, with the key, every frame, chunk and entry, and
/// that the tar says what the catalog says.
package final class ArchiveVerifier: Sendable {
    private let path: String
    private let key: KeyChoice?
    private let environment: RunEnvironment
    private let progress: RunProgress
    private let flow: Flow
    private let workers: Int
    private let replica: String?

    /// Without a `key`, what is authenticated stays unopened, and a `replica` unasked.
    init(
        at path: String, key: KeyChoice?, replica: String? = nil, environment: RunEnvironment,
        progress: RunProgress,
        flow: Flow, workers: Int
    ) {
        self.path = path
        self.key = key
        self.replica = replica
        self.environment = environment
        self.progress = progress
        self.flow = flow
        self.workers = workers
    }

    package convenience init(
        at path: String, withKey: Bool, replica: String? = nil,
        service: KeyChoice.Service = .embedded, environment: RunEnvironment, progress: RunProgress
    ) {
        let job = Job(name: "verify", input: .stdin(name: "-"), output: .discard)
        self.init(
            at: path, key: withKey ? KeyChoice(service: service) : nil, replica: replica,
            environment: environment, progress: progress, flow: Flow(), workers: job.workers)
    }

    package func cancel(_ reason: JobError) { flow.fail(reason) }

    /// Goes on past damage and reports all of it. Throws only where nothing can be verified at all:
    /// no archive, no manifest and no key, a key that is refused.
    package func run() throws(JobError) -> VerifyReport {
        do { return try verify() } catch {
            // A stage or a call that was stopped tells nothing; the reason is the flow's.
            throw JobError(explaining: flow.failure ?? error)
        }
    }

    private func verify() throws -> VerifyReport {
        let start = monotonicNanoseconds()
        let stored = try StoredArchive(at: path)
        // The service is asked first: whether the key may be used is known before hours of reading.
        let archive = try key.map { key in
            try ArchiveSalvage(
                service: environment.keyService(key.service, making: false) { [flow] in
                    flow.failure != nil
                }, expecting: key.context, directory: { [environment] in environment.scratch },
                flow: flow
            ).open(stored, replica: replica)
        }
        let manifest = try archive?.manifest ?? OpenArchive.readManifest(of: stored)
        let log = archive?.damage ?? DamageLog(hasReplica: false)
        let files = manifest.parts + [manifest.catalog]
        progress.expect(
            tarBytes: archive == nil ? manifest.totals.stored : manifest.totals.tar)
        if archive?.hasOwnManifest ?? true {
            try compareNames(files, in: stored, log)
            try compareDigests(files, in: stored, log, countsProgress: archive == nil)
        }
        var report = VerifyReport(
            archive: stored.path, files: files.count,
            bytes: files.reduce(0) { $0 + $1.length })
        if let archive {
            (report.entries, report.chunks) = try ContentCheck(
                archive, workers: workers, progress: progress, flow: flow
            ) { log.note($0, JobError(.integrity, $1)) }.run()
        }
        report.found = log.report
        report.seconds = Double(monotonicNanoseconds() - start) / 1e9
        return report
    }

    private func compareNames(
        _ files: [Manifest.File], in stored: StoredArchive, _ log: DamageLog
    ) throws {
        let known = Set(
            files.map(\.name) + [StoredArchive.manifestName, StoredArchive.summaryName])
        for name in try stored.names() where !known.contains(name) {
            log.note("\(stored.path)/\(name)", "does not belong to the archive")
        }
    }

    private func compareDigests(
        _ files: [Manifest.File], in stored: StoredArchive, _ log: DamageLog,
        countsProgress: Bool
    ) throws {
        let digesting = flow.makeMeter("digest", at: .pool("digesters"))
        let pool = flow.makeWorkers(workers, meter: StageMeter("digesters")) {
            Buffer(capacity: 1 << 20)
        }
        for file in files {
            pool.submit(.starting) { [self] buffer in
                let path = "\(stored.path)/\(file.name)"
                do {
                    try digesting.measure {
                        try compare(
                            OpenArchive.open(file, of: stored), file, buffer, countsProgress)
                    }
                    digesting.count(bytesIn: file.length)
                } catch let error as JobError where error.status == .integrity {
                    log.note(path, error)
                }
            }
        }
        pool.finish()
        try flow.wait()
    }

    private func compare(
        _ file: StoredFile, _ description: Manifest.File, _ buffer: Buffer, _ countsProgress: Bool
    ) throws {
        var digest = SHA256()
        var offset = 0
        while offset < file.byteCount {
            try flow.check()
            let position = offset
            let count = try buffer.withMutableBytes(0..<buffer.capacity) { bytes in
                try file.read(at: position, into: &bytes)
            }
            guard count > 0 else { break }
            buffer.count = count
            buffer.withBytes { digest.update($0) }
            offset += count
            if countsProgress { progress.add(tarBytes: count) }
        }
        guard hexadecimal(digest.finish()) == description.sha256 else {
            throw JobError.integrity(file.path, "has another digest than the manifest says")
        }
    }
}
