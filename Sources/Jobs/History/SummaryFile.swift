import Archive
import Foundation
import Pipeline
import Storage

/// What a run did, kept as `summary.json` beside its archive: figures for the history of a set.
///
/// It is written after the archive is there and is no part of it: nothing authenticates it, and where
/// it is missing only the history knows less. docs/formats/summary.md describes it.
struct SummaryFile: Codable, Equatable {
    struct Stage: Codable, Equatable {
        var name: String
        var items, bytesIn, bytesOut: Int
        var busySeconds, processorSeconds, inputWaitSeconds, outputWaitSeconds: Double
    }

    /// What limited the run: see `Bottleneck`.
    struct Limit: Codable, Equatable {
        var kind, stage: String
        var share: Double
    }

    static let format = "sealpipe summary"
    /// Far more than any summary has.
    private static let byteLimit = 1 << 20
    /// Thirty years: whoever writes more has not measured it.
    private static let mostSeconds = 1e9

    var format = Self.format
    var version = 1
    /// The archive's id: a summary that was copied to another archive tells nothing of that.
    var archive: String
    var job, tool, started: String
    var seconds: Double
    var entries, contentBytes, tarBytes, storedBytes: Int
    var problemCount: Int
    var partial: Bool
    /// Parts that an earlier run had sealed; nil where there were none.
    var keptParts: Int?
    var keyCalls: Int
    var keySeconds: Double
    /// Nil where nothing was compressed.
    var level: Int?
    var chunkBytes: Int
    var workers, processors: Int
    var processorSeconds: Double
    var peakResidentBytes: Int
    /// Nil where nothing was done.
    var limit: Limit?
    var stages: [Stage]

    init(_ summary: RunSummary, of job: Job, _ manifest: Manifest) {
        let report = summary.report
        archive = manifest.archive
        self.job = job.name
        tool = manifest.tool
        started = manifest.created
        seconds = Self.rounded(summary.seconds)
        entries = manifest.totals.entries
        contentBytes = manifest.totals.content
        tarBytes = manifest.totals.tar
        storedBytes = manifest.totals.stored
        problemCount = summary.problemCount
        partial = summary.isPartial
        keptParts = summary.keptParts > 0 ? summary.keptParts : nil
        keyCalls = summary.keyCalls
        keySeconds = Self.rounded(report.callSeconds)
        level = job.stages.compression?.level
        chunkBytes = job.stages.chunkByteCount
        workers = job.workers
        processors = report.processors
        processorSeconds = Self.rounded(report.processorSeconds)
        peakResidentBytes = report.peakResidentBytes
        limit = Bottleneck(of: report).map {
            Limit(kind: "\($0.kind)", stage: $0.stage, share: ($0.share * 1000).rounded() / 1000)
        }
        stages = report.stages.map { stage in
            Stage(
                name: stage.name, items: stage.items, bytesIn: stage.bytesIn,
                bytesOut: stage.bytesOut, busySeconds: Self.rounded(stage.busySeconds),
                processorSeconds: Self.rounded(stage.processorSeconds),
                inputWaitSeconds: Self.rounded(stage.inputWaitSeconds),
                outputWaitSeconds: Self.rounded(stage.outputWaitSeconds))
        }
    }

    /// To the microsecond.
    private static func rounded(_ seconds: Double) -> Double { (seconds * 1e6).rounded() / 1e6 }

    func write(in archive: String) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes = Array(try encoder.encode(self)) + [0x0a]
        try replaceFile(
            at: "\(archive)/\(StoredArchive.summaryName)", with: bytes.span, mode: 0o600)
    }

    /// The file as it is; nil where there is none that can be read. Throws what may pass.
    static func bytes(in archive: StoredArchive) throws(StorageError) -> [UInt8]? {
        do {
            return try archive.open(StoredArchive.summaryName).readAll(limit: byteLimit)
        } catch {
            guard JobError(explaining: error).isOfStorage else { return nil }
            throw error
        }
    }

    /// The summary of an archive; nil where there is none, or none that tells of this archive.
    init?(in stored: StoredArchive, of manifest: Manifest) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let bytes = try? Self.bytes(in: stored),
            let read = try? decoder.decode(Self.self, from: Data(bytes)),
            read.format == Self.format, read.version == 1, read.archive == manifest.archive,
            0...Self.mostSeconds ~= read.seconds
        else { return nil }
        self = read
    }
}
