import Archive
import Envelope
import Foundation
import LibCrypto
import Storage

/// What a run set out to do: the first file of its journal.
/// Source: docs/formats/journal.md.
struct RunRecord: Codable, Equatable {
    static let name = "run.esdk"
    static let version = 1

    private let journal: Int
    /// The name that the archive was to get, so that no other archive can take its journal for its own.
    private let name: String
    /// The archive's id.
    let archive: String
    let tool: String
    /// The job as YAML, less what does not change what is sealed.
    let job: String

    init(archive: String, name: ArchiveName, tool: String, job: Job) {
        journal = Self.version
        self.name = name.description
        self.archive = archive
        self.tool = tool
        var job = job
        job.key.restoreProfile = nil
        job.expectations = Expectations()
        job.limits = Limits()
        job.report = Report()
        self.job = job.yaml
    }

    func write(in archive: PartialArchive, key: ArchiveKey) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        let lines = try SealedLines(level: 1, key: key, in: archive.createJournal(Self.name))
        try lines.append { $0 += line }
        _ = try lines.finish(named: Self.name)
        try archive.sync()
        try archive.syncSet()
    }

    /// The header of the record, which tells how to get its key.
    static func header(in archive: PartialArchive) throws -> UnverifiedHeader {
        let file = try archive.openJournal(name)
        guard let bytes = try file.readAll(limit: 16 << 20) else {
            throw JobError.integrity(file.path, "is larger than any such file")
        }
        return try UnverifiedHeader(parsing: bytes.span)
    }

    static func read(in archive: PartialArchive, key: ArchiveKey) throws -> RunRecord {
        let lines = try SealedLineReader(try archive.openJournal(name)) {
            header throws(EnvelopeError) in
            try header.verified(dataKey: key.dataKey, expecting: key.context)
        }
        guard let line = try lines.next() else { throw lines.damaged("holds nothing") }
        let record: RunRecord
        do {
            record = try JSONDecoder().decode(RunRecord.self, from: Data(lines.text[line]))
        } catch {
            throw lines.damaged("is not the record of a run")
        }
        guard try lines.next() == nil, record.journal == version else {
            throw lines.damaged("is not a record that this program reads")
        }
        return record
    }
}
