import ArgumentParser
import Foundation
import OKMSEngine

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read and verify the audit trail of a store.",
        subcommands: [Verify.self, Export.self])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that no record was changed, removed or moved.",
            discussion: """
                A trail that is gone as a whole is missed, records that were cut off its end are not: \
                keep the last record's number and hash elsewhere, and compare. A server may go on \
                writing meanwhile.
                """)

        @OptionGroup var store: StoreDirectory
        @OptionGroup var report: ReportOptions

        func run() throws {
            let found = try AuditTrail.verify(directory: store.existing())
            if report.json {
                try Output.json(AuditOutput(found))
            } else {
                for problem in found.problems { try Output.line("\(problem)") }
                try Output.line(
                    "\(found.recordCount) records in \(found.segmentCount) files, the last is "
                        + "\(found.lastSequence) \(found.lastHash)")
            }
            if found.tornByteCount > 0 {
                Output.note(
                    "warning: audit.log ends with \(found.tornByteCount) bytes of a record: a crash "
                        + "cut it short before anybody was answered, or somebody cut it off later; "
                        + "the next record takes its place")
            }
            guard found.isIntact else {
                throw CommandError(
                    .integrity, "the audit trail is not as it was written",
                    hint: "keep the files as they are, and find out who could write to them")
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the audit records, a JSON object a line.")

        @OptionGroup var store: StoreDirectory

        @Option(
            help: ArgumentHelp("The first moment, as 2026-01-02T03:04:05Z.", valueName: "time"),
            transform: Moment.parse)
        var from: Moment?

        @Option(
            help: ArgumentHelp("The moment after the last one.", valueName: "time"),
            transform: Moment.parse)
        var to: Moment?

        func run() throws {
            var lines: [UInt8] = []
            try AuditTrail.read(
                directory: store.existing(), from: from?.seconds, to: to?.seconds
            ) { line in
                lines += line
                lines.append(0x0a)
                guard lines.count > 1 << 16 else { return }
                try Output.data(lines)
                lines.removeAll(keepingCapacity: true)
            }
            try Output.data(lines)
        }
    }
}

/// A moment in UTC as people write it: ISO 8601.
struct Moment {
    let seconds: Double

    init?(argument: String) {
        guard let date = try? Date(argument, strategy: .iso8601) else { return nil }
        seconds = date.timeIntervalSince1970
    }
}

/// What `verify --json` prints.
private struct AuditOutput: Encodable {
    let Intact: Bool
    let Records: UInt64
    let Files: Int
    let LastSequence: UInt64
    let LastHash: String
    let TornBytes: Int
    let Problems: [String]

    init(_ report: AuditReport) {
        Intact = report.isIntact
        Records = report.recordCount
        Files = report.segmentCount
        LastSequence = report.lastSequence
        LastHash = report.lastHash
        TornBytes = report.tornByteCount
        Problems = report.problems.map(\.description)
    }
}
