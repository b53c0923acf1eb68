import Archive
import LibCrypto
import OKMS
import Pipeline
import Storage

/// What a verification found.
package struct VerifyReport: Sendable {
    /// Something that is not what the writer of the archive put there.
    package struct Damage: Sendable, Equatable {
        package let place: String
        package let reason: String
    }

    package let archive: String
    package let files: Int
    /// Bytes whose digests were compared.
    package let bytes: Int
    /// Nil without the key.
    package var entries: Int?
    package var chunks: Int?
    package var damage: [Damage]
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
    private let damage = Monitor([VerifyReport.Damage]())

    /// Without a `key`, what is authenticated stays unopened.
    init(
        at path: String, key: KeyChoice?, environment: RunEnvironment, progress: RunProgress,
        flow: Flow, workers: Int
    ) {
        self.path = path
        self.key = key
        self.environment = environment
        self.progress = progress
        self.flow = flow
        self.workers = workers
    }

    package convenience init(
        at path: String, withKey: Bool, service: KeyChoice.Service = .embedded,
        environment: RunEnvironment, progress: RunProgress
    ) {
        let job = Job(name: "verify", input: .stdin(name: "-"), output: .discard)
        self.init(
            at: path, key: withKey ? KeyChoice(service: service) : nil, environment: environment,
            progress: progress, flow: Flow(), workers: job.workers)
    }

    package func cancel(_ reason: JobError) { flow.fail(reason) }

    /// Goes on past damage and reports all of it. Throws only where nothing can be verified at all:
    /// no archive, an unreadable manifest, a key that is refused.
    package func run() throws(JobError) -> VerifyReport {
        do { return try verify() } catch {
            // A stage or a call that was stopped tells nothing; the reason is the flow's.
            throw JobError(explaining: flow.failure ?? error)
        }
    }

    private func verify() throws -> VerifyReport {
        let start = monotonicNanoseconds()
        let stored = try StoredArchive(at: path)
        let manifest = try OpenArchive.readManifest(of: stored)
        // The service is asked first: whether the key may be used is known before hours of reading.
        let archive: OpenArchive?
        do {
            archive = try key.map { key in
                try OpenArchive(
                    stored,
                    service: environment.keyService(key.service, making: false) { [flow] in
                        flow.failure != nil
                    },
                    expecting: key.context)
            }
        } catch let error as JobError where error.status == .integrity {
            // What cannot be opened can still be compared with its digests.
            note(stored.path, error.message)
            archive = nil
        }
        let files = manifest.parts + [manifest.catalog]
        let opens = archive != nil
        progress.expect(tarBytes: opens ? manifest.totals.tar : manifest.totals.stored)
        try compareNames(files, in: stored)
        try compareDigests(files, in: stored, countsProgress: !opens)
        var report = VerifyReport(
            archive: stored.path, files: files.count,
            bytes: files.reduce(0) { $0 + $1.length }, damage: [])
        if let archive, damage.read({ $0.allSatisfy { !$0.place.hasSuffix(CatalogWriter.name) } }) {
            let damagedPlaces = Set(damage.read { $0.map(\.place) })
            (report.entries, report.chunks) = try ContentCheck(
                archive, skipping: damagedPlaces, workers: workers, progress: progress, flow: flow
            ) { [self] in note($0, $1) }.run()
        }
        report.damage = damage.read { $0 }.sorted {
            $0.place.utf8.lexicographicallyPrecedes($1.place.utf8)
        }
        report.seconds = Double(monotonicNanoseconds() - start) / 1e9
        return report
    }

    private func note(_ place: String, _ reason: String) {
        damage.update { $0.append(VerifyReport.Damage(place: place, reason: reason)) }
    }

    private func compareNames(_ files: [Manifest.File], in stored: StoredArchive) throws {
        let known = Set(
            files.map(\.name) + [StoredArchive.manifestName, StoredArchive.summaryName])
        for name in try stored.names() where !known.contains(name) {
            note("\(stored.path)/\(name)", "does not belong to the archive")
        }
    }

    private func compareDigests(
        _ files: [Manifest.File], in stored: StoredArchive, countsProgress: Bool
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
                    note(path, String(error.message.dropFirst(path.count + 2)))
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
