import Archive
import Foundation
import Glibc
import LibCrypto
import OKMSClient
import Storage

/// What a verification opened and found, for who has to believe that a restore would work.
/// docs/formats/evidence.md describes it.
struct Evidence: Encodable {
    struct ArchiveFacts: Encodable {
        let path, id, job, created: String
        let tarBytes, storedBytes: Int
        let manifestSha256: String?
        let authentication: String?
        let keys: [String]
    }

    struct Identity: Encodable {
        let service: String
        let profile: String?
        let accessKey: String?
    }

    struct Damage: Encodable {
        let place, reason: String
    }

    let format = "sealpipe evidence"
    let version = 1
    let tool, host, job, started, finished: String
    let seconds: Double
    let identity: Identity
    /// Nil where none was found.
    let archive: ArchiveFacts?
    /// Of a hundred.
    let share: Double
    var chunks, entries: Int?
    var chunksOpened = 0
    var plaintextBytes = 0
    var plaintextSha256: String?
    /// First byte of the tar, and number of bytes.
    var ranges: [[Int]] = []
    let result: String
    let exitStatus: Int32
    let message: String?
    var damage: [Damage] = []
    var bytesPerSecond: Int?
    var restoreSeconds: Double?

    /// `outcome` is what the verification returned, `verdict` what the job makes of it.
    init(
        of job: Job, _ share: Percentage, _ environment: RunEnvironment,
        _ archive: (stored: StoredArchive, manifest: Manifest)?,
        _ outcome: Result<VerifyReport, JobError>, _ verdict: Result<VerifyReport, JobError>,
        at time: (started: Date, finished: Date)
    ) {
        tool = environment.tool
        host = Self.hostName
        self.job = job.name
        started = Self.text(time.started)
        finished = Self.text(time.finished)
        seconds = Self.rounded(time.finished.timeIntervalSince(time.started))
        identity = Identity(of: job.key, environment)
        self.archive = archive.map { ArchiveFacts($0.stored, $0.manifest) }
        self.share = share.fraction * 100
        let isDamaged =
            if case .success(let report) = outcome { !report.damage.isEmpty } else { false }
        switch verdict {
        case .success: (result, exitStatus, message) = ("verified", 0, nil)
        case .failure(let error):
            result = isDamaged ? "damaged" : "failed"
            (exitStatus, message) = (error.status.rawValue, error.message)
        }
        guard case .success(let report) = outcome else { return }
        let opened = report.opened
        (chunks, entries, chunksOpened) = (report.chunks, report.entries, opened.chunks)
        plaintextBytes = opened.byteCount
        plaintextSha256 = opened.sha256.map(hexadecimal)
        ranges = opened.ranges.map { [$0.lowerBound, $0.count] }
        damage = report.damage.map { Damage(place: $0.place, reason: $0.reason) }
        if let rate = report.bytesPerSecond, let tar = archive?.manifest.totals.tar {
            bytesPerSecond = Int(rate)
            restoreSeconds = Self.rounded(Double(tar) / rate)
        }
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        // The last byte stays a NUL where the name is longer.
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// To the millisecond.
    private static func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }

    /// Throws what the start of a run would where the file's folder is not there or not for us.
    static func check(_ path: String) throws(JobError) {
        var status = stat()
        let isDirectory = unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        let folder = parentDirectory(of: path)
        do {
            if isDirectory {
                throw StorageError.system(call: "replace", path: path, errno: EISDIR)
            }
            guard unsafe access(folder, F_OK) == 0 else {
                throw StorageError.system(call: "open", path: folder, errno: errno)
            }
            try OutputProof.checkWritable(folder)
        } catch {
            let explained = JobError(explaining: error)
            throw explained.status == .exhausted
                ? explained
                : JobError(
                    .jobFileInvalid, "the evidence cannot be written: \(explained.message)",
                    hint:
                        "correct 'report.evidence', or make its folder and let this user write there"
                )
        }
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes = Array(try encoder.encode(self)) + [0x0a]
        // It names files, where they are damaged.
        try replaceFile(at: path, with: bytes.span, mode: 0o600)
    }
}

extension Evidence.ArchiveFacts {
    fileprivate init(_ stored: StoredArchive, _ manifest: Manifest) {
        path = stored.path
        id = manifest.archive
        job = manifest.job
        created = manifest.created
        tarBytes = manifest.totals.tar
        storedBytes = manifest.totals.stored
        let bytes = try? stored.open(StoredArchive.manifestName).readAll(limit: 256 << 20)
        manifestSha256 = bytes.map { hexadecimal(SHA256.digest($0.span)) }
        authentication = manifest.authentication
        keys = manifest.keys.map(\.arn)
    }
}

extension Evidence.Identity {
    fileprivate init(of key: KeyChoice, _ environment: RunEnvironment) {
        profile = key.restoreProfile
        switch key.service {
        case .embedded: (service, accessKey) = ("embedded", nil)
        case .endpoint(let url, _):
            service = url
            // An id is no secret. Where there is none, the run has said why.
            accessKey = try? environment.remote.accessKey(of: key.restoreProfile).id
        }
    }
}

extension VerifyReport {
    /// How fast the tar was read, opened and compared; nil where nothing was.
    var bytesPerSecond: Double? {
        opened.byteCount > 0 && openingSeconds > 0
            ? Double(opened.byteCount) / openingSeconds : nil
    }

    /// What a job ends with where there is damage.
    var failure: JobError? {
        guard let first = damage.first else { return nil }
        let others = found.placeCount - 1
        return JobError.integrity(
            first.place, first.reason + (others > 0 ? " (and \(others) more)" : ""))
    }
}
