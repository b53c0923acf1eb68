import Archive
import LibCrypto
import Locking
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
    /// What is not what the writer of the archive put there.
    package var damage: [DamageReport.Place] { found.places }
    package var seconds = 0.0
    /// What was opened with the key, and how long that took.
    var opened = OpenedPlaintext()
    var openingSeconds = 0.0
}

/// Verifies an archive: the digest of every file; and, with the key, every frame, chunk and entry, and
/// that the tar says what the catalog says. Of a sample: the header of every file, and some chunks.
package final class ArchiveVerifier: Sendable {
    /// Measures the call of the key service that opens an archive.
    typealias Calling = @Sendable (() throws -> OpenArchive) throws -> OpenArchive

    private let path: String
    private let key: KeyChoice?
    private let environment: RunEnvironment
    private let progress: RunProgress
    private let flow: Flow
    private let workers: Int
    private let share: Percentage
    private let digests: Bool
    private let calling: Calling
    private let replica: String?
    private let found = Monitor((stored: StoredArchive, manifest: Manifest)?.none)

    /// Without a `key`, what is authenticated stays unopened, and a `replica` unasked. `share` is how
    /// much is opened, chosen by chance; `digesting` whether to digest it.
    init(
        at path: String, key: KeyChoice?, replica: String? = nil, share: Percentage = .all,
        digesting: Bool = false, environment: RunEnvironment, progress: RunProgress, flow: Flow,
        workers: Int,
        calling: @escaping Calling = { try $0() }
    ) {
        self.path = path
        self.key = key
        self.replica = replica
        self.share = share
        digests = digesting
        self.calling = calling
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

    /// The archive and what its manifest claims, once it is found; also where it then is refused.
    var archive: (stored: StoredArchive, manifest: Manifest)? { found.read { $0 } }

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
        if let manifest = try? OpenArchive.readManifest(of: stored) {
            found.update { $0 = (stored, manifest) }
        }
        // The service is asked first: whether the key may be used is known before hours of reading.
        let archive = try key.map { key in
            let service = try environment.keyService(
                key.service, making: false, as: key.restoreProfile
            ) { [flow] in flow.failure != nil }
            return try calling { [environment, flow, replica] in
                try ArchiveSalvage(
                    service: service, expecting: key.context,
                    directory: { environment.scratch }, flow: flow
                ).open(stored, replica: replica)
            }
        }
        let manifest = try archive?.manifest ?? claimedManifest(of: stored)
        found.update { $0 = (stored, manifest) }
        let log = archive?.damage ?? DamageLog(hasReplica: false)
        let files = manifest.parts + [manifest.catalog]
        let opens = archive != nil
        progress.expect(
            tarBytes: opens
                ? Int(Double(manifest.totals.tar) * share.fraction) : manifest.totals.stored)
        if let archive, share != .all { try archive.checkFiles() }
        let compared = opens && share != .all ? [manifest.catalog] : files
        if archive?.hasOwnManifest ?? true {
            try compareNames(files, in: stored, log)
            try compareDigests(compared, in: stored, log, countsProgress: !opens)
        }
        var report = VerifyReport(
            archive: stored.path, files: files.count,
            bytes: compared.reduce(0) { $0 + $1.length })
        if let archive {
            let opening = monotonicNanoseconds()
            let result = try ContentCheck(
                archive, share: share, digesting: digests, workers: workers, progress: progress,
                flow: flow
            ) { log.note($0, JobError(.integrity, $1)) }.run()
            (report.entries, report.chunks) = (result.entries, result.chunks)
            report.opened = result.opened
            report.openingSeconds = Double(monotonicNanoseconds() - opening) / 1e9
        }
        report.found = log.report
        report.seconds = Double(monotonicNanoseconds() - start) / 1e9
        return report
    }

    /// What the manifest says, unproven: without the key there is nothing else to compare with.
    private func claimedManifest(of stored: StoredArchive) throws -> Manifest {
        do { return try OpenArchive.readManifest(of: stored) } catch let error as JobError
            where error.status == .integrity
        {
            throw JobError(
                .integrity, error.message,
                hint: "only with the key can be said what is whole: run it without --without-key")
        }
    }

    private func compareNames(
        _ files: [Manifest.File], in stored: StoredArchive, _ log: DamageLog
    ) throws {
        let names = files.map(\.name) + [StoredArchive.manifestName, StoredArchive.summaryName]
        let known = Set(names.map(FileName.init))
        for name in try stored.names() where !known.contains(name) {
            log.note("\(stored.path)/\(name)", "does not belong to the archive")
        }
    }

    private func compareDigests(
        _ files: [Manifest.File], in stored: StoredArchive, _ log: DamageLog,
        countsProgress: Bool
    ) throws {
        let digesting = flow.makeMeter("digest", at: .pool("digesters"))
        let pool = try flow.makeWorkers(workers, meter: StageMeter("digesters")) {
            try Buffer(capacity: 1 << 20)
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
        let digest = try file.sha256(using: buffer) { [flow, progress] count in
            try flow.check()
            if countsProgress { progress.add(tarBytes: count) }
        }
        guard digest == description.sha256 else {
            throw JobError.integrity(file.path, "has another digest than the manifest says")
        }
    }
}
