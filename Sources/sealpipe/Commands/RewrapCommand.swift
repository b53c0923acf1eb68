import ArgumentParser
import Foundation
import Jobs

struct RewrapCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap",
        abstract: "Move archives to other customer master keys, without touching their data.",
        discussion: """
            The data key of each archive is wrapped anew, in the same context; headers, catalog header \
            and manifest are rewritten, every frame stays as it is. The new archive is written beside \
            the old one, verified, and takes its place in one step: a kill at any moment leaves one of \
            them, whole. Copies elsewhere stay under the old keys. An archive that is under exactly the \
            keys named is left alone: after a rotation, --again moves it to their new material.
            """)

    @Argument(
        help: ArgumentHelp(
            "Archives, or sets: then all their archives.", valueName: "archive"),
        completion: .directory)
    var archives: [String]

    @Option(
        name: .long,
        help: "The new key: its id, ARN or alias. Given again, each of them can open.")
    var key: [String]

    @OptionGroup var service: ServiceOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The service that opens them now, if it is another: 'embedded' or a URL.",
            valueName: "service"))
    var sourceService: String?

    @Option(name: .long, help: "Its region.")
    var sourceRegion: String?

    @Flag(name: .long, help: "Wrap anew what is under these keys already, as after rotating them.")
    var again = false

    @Flag(name: .long, help: "Only tell what would be done, and whether it could be.")
    var dryRun = false

    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        report.apply()
        let target = try service.choice()
        let source =
            sourceService == nil && sourceRegion == nil
            ? target
            : try KeyChoice.Service(
                naming: sourceService, region: sourceRegion,
                variables: ProcessInfo.processInfo.environment)
        let progress = RunProgress()
        let run = RewrapRun(
            RewrapRequest(
                paths: archives, names: key, service: target, source: source, wrapsAgain: again,
                isDryRun: dryRun),
            environment: try JobExecution.environment(), progress: progress)
        var outputs: [RewrapOutput] = []
        let hint = "archives that were not told of are as they were; run it again"
        let result = Result {
            try JobExecution.watched(progress, hint: hint, run.cancel) {
                try run.run { path, result in
                    Self.tell(path, result)
                    outputs.append(RewrapOutput(path, result))
                }
            }
        }
        // What was done before something ended the run was done.
        if report.json { try Console.shared.data(json: ["archives": outputs]) }
        let failure = try result.get()
        return failure?.status ?? .done
    }

    private static func tell(_ path: String, _ result: Result<RewrapReport, JobError>) {
        let console = Console.shared
        let report: RewrapReport
        switch result {
        case .failure(let error):
            let message =
                error.message.contains(path) ? error.message : "\(path): \(error.message)"
            return console.error(JobError(error.status, message, hint: error.hint))
        case .success(let success): report = success
        }
        for notice in report.notices { console.warning("\(path): \(notice)") }
        let keys = report.to.joined(separator: " and ")
        switch report.outcome {
        case .unchanged: console.notice("\(path) is under \(keys) already; --again wraps it anew")
        case .planned:
            console.notice(
                "\(path) would go from \(report.from.joined(separator: " and ")) to \(keys), with "
                    + "\(Amount.bytes(report.byteCount)) written beside it first")
        case .rewrapped:
            console.notice(
                "\(path) is under \(keys) now: \(Amount.bytes(report.byteCount)) verified")
        }
    }
}

/// What became of an archive, as `--json` prints it.
private struct RewrapOutput: Encodable {
    let archive: String
    /// `rewrapped`, `unchanged`, `planned` or `failed`.
    let result: String
    let from: [String]?
    let to: [String]?
    let bytes: Int?
    let notices: [String]
    let error: String?
    let status: Int32?

    init(_ path: String, _ result: Result<RewrapReport, JobError>) {
        archive = path
        switch result {
        case .success(let report):
            self.result = report.outcome.rawValue
            from = report.from
            to = report.to
            bytes = report.byteCount
            notices = report.notices
            error = nil
            status = nil
        case .failure(let failure):
            self.result = "failed"
            from = nil
            to = nil
            bytes = nil
            notices = []
            error = failure.message
            status = failure.status.rawValue
        }
    }
}
