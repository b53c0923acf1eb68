import ArgumentParser
import Foundation
import Jobs
import Pipeline
import Profiling

struct ProfileCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Run a job measured and tell what limits it.",
        discussion: """
            Prints what each stage did and a verdict. Busy is the share of its time that a stage \
            worked, of all its workers where it has several; waits are for input and for room.
            """)

    @Argument(help: "A job file.", completion: .file(extensions: ["yaml", "yml"]))
    var job: String

    @Option(name: .long, help: ArgumentHelp("Change a value of the job.", valueName: "path=value"))
    var set: [String] = []

    @Flag(name: .long, help: "Do everything but keep nothing.")
    var discard = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write everything that was measured as JSON; '-' is standard output.",
            valueName: "file"))
    var json: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write charts, tables and the verdict as one HTML page.", valueName: "file"))
    var html: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write single pieces of work and waits as Chrome trace events, for Perfetto.",
            valueName: "file"))
    var trace: String?

    @OptionGroup var log: LogOptions

    func execute() throws -> ExitStatus {
        log.apply()
        guard let job = try LoadedJobs.load([job], settings: set).first else { return .done }
        let measured = discard ? job.dryRun() : job
        if json == "-", measured.output == .stdout {
            throw JobError(
                .usage, "the job and '--json -' both write to standard output",
                hint: "name a file, or add '--discard'")
        }
        let start = Date()
        let summary = try JobExecution.execute(measured, tracing: trace != nil)
        let verdict = Verdict(summary.report)
        let profile = Profile(of: measured, summary, verdict, tool: Sealpipe.tool, start: start)
        if let json, json != "-" { try write(profile.json(), to: json) }
        if let html { try write(Array(ProfilePage(profile).html.utf8), to: html) }
        if let trace { try write(summary.report, of: job, to: trace) }
        if json == "-" {
            try Console.shared.data(bytes: profile.json())
        } else if measured.output != .stdout {
            for line in ProfileTable.lines(summary, verdict) {
                try Console.shared.data(line: line)
            }
        } else {
            // Standard output is the job's.
            Console.shared.notice(verdict.sentence)
        }
        return summary.isPartial ? .partial : .done
    }

    private func write(_ report: FlowReport, of job: Job, to path: String) throws {
        guard let trace = ChromeTrace(report, job: job.name, tool: Sealpipe.tool) else { return }
        try write(Array(trace.json.utf8), to: path)
        if trace.dropped > 0 {
            Console.shared.notice(
                "\(path) holds the beginning of the run; \(trace.dropped) later events had no room")
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw JobError(
                .failed, "\(path): the profile cannot be written: \(error.localizedDescription)",
                hint: "the run itself is done")
        }
    }
}
