import ArgumentParser
import Jobs

struct VerifyCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify an archive: digests, and with the key every frame, chunk and entry.")

    @Argument(help: "An archive, or a set: then its newest archive.", completion: .directory)
    var archive: String

    @Flag(name: .long, help: "Compare digests only; needs no key.")
    var withoutKey = false

    @Option(
        name: .long, help: "A copy of the archive or of its set: whether it has what is damaged.",
        completion: .directory)
    var replica: String?

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        report.apply()
        if withoutKey, replica != nil {
            throw JobError(
                .usage, "--replica does not go with --without-key",
                hint: "a copy can be verified without the key by itself")
        }
        let progress = RunProgress()
        let verifier = ArchiveVerifier(
            at: archive, withKey: !withoutKey, replica: replica, service: try service.choice(),
            environment: try JobExecution.environment(),
            progress: progress)
        let result = try JobExecution.watched(progress, hint: nil, verifier.cancel) {
            try verifier.run()
        }
        DamageLines.tell(result.found, restoring: false)
        if report.json { try Console.shared.data(json: VerifyOutput(result)) }
        guard result.found.isEmpty else { return .integrity }
        var found = "\(Amount.count(result.files, "file")), \(Amount.bytes(result.bytes))"
        if let entries = result.entries {
            found += ", " + Amount.count(entries, "entry", "entries")
        }
        Console.shared.notice("\(result.archive) is whole: \(found)")
        return .done
    }
}

/// A verification as `--json` prints it.
private struct VerifyOutput: Encodable {
    let archive: String
    let whole: Bool
    let files: Int
    let bytes: Int
    let entries: Int?
    let chunks: Int?
    let damage: [DamageOutput.Place]
    let damage_count: Int
    let damaged_files: [DamageOutput.File]
    let damaged_file_count: Int
    let notices: [String]
    let seconds: Double

    init(_ report: VerifyReport) {
        archive = report.archive
        whole = report.found.isEmpty
        files = report.files
        bytes = report.bytes
        entries = report.entries
        chunks = report.chunks
        let found = DamageOutput(report.found)
        damage = found.places
        damage_count = found.place_count
        damaged_files = found.files
        damaged_file_count = found.file_count
        notices = found.notices
        seconds = report.seconds
    }
}
