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

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        report.apply()
        let progress = RunProgress()
        let verifier = ArchiveVerifier(
            at: archive, withKey: !withoutKey, service: try service.choice(),
            environment: try JobExecution.environment(),
            progress: progress)
        let result = try JobExecution.watched(progress, hint: nil, verifier.cancel) {
            try verifier.run()
        }
        for damage in result.damage {
            Console.shared.error(JobError(.integrity, "\(damage.place): \(damage.reason)"))
        }
        if report.json { try Console.shared.data(json: VerifyOutput(result)) }
        guard result.damage.isEmpty else { return .integrity }
        var found = "\(result.files) files, \(Amount.bytes(result.bytes))"
        if let entries = result.entries { found += ", \(entries) entries" }
        Console.shared.notice("\(result.archive) is whole: \(found)")
        return .done
    }
}

/// A verification as `--json` prints it.
private struct VerifyOutput: Encodable {
    struct Damage: Encodable {
        let place: String
        let reason: String
    }

    let archive: String
    let whole: Bool
    let files: Int
    let bytes: Int
    let entries: Int?
    let chunks: Int?
    let damage: [Damage]
    let seconds: Double

    init(_ report: VerifyReport) {
        archive = report.archive
        whole = report.damage.isEmpty
        files = report.files
        bytes = report.bytes
        entries = report.entries
        chunks = report.chunks
        damage = report.damage.map { Damage(place: $0.place, reason: $0.reason) }
        seconds = report.seconds
    }
}
