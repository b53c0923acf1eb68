import ArgumentParser
import Foundation
import Jobs
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

    @OptionGroup var files: ProfileFiles

    @OptionGroup var log: LogOptions

    func execute() throws -> ExitStatus {
        log.apply()
        guard let job = try LoadedJobs.load([job], settings: set).first else { return .done }
        let measured = discard ? job.dryRun() : job
        try files.check(for: measured)
        let start = Date()
        let summary = try JobExecution.execute(measured, tracing: files.trace != nil)
        let verdict = Verdict(summary.report)
        let profile = Profile(of: measured, summary, verdict, tool: Sealpipe.tool, start: start)
        try files.write(profile, summary.report)
        if files.json == "-" {
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
}
