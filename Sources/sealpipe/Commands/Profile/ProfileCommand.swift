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

            With --sweep the job is run with every combination of the values given, several times, \
            and nothing is kept: profile job.yaml --sweep level=1,3,9 workers=1,2
            """)

    @Argument(help: "A job file.", completion: .file(extensions: ["yaml", "yml"]))
    var job: String

    @Option(name: .long, help: ArgumentHelp("Change a value of the job.", valueName: "path=value"))
    var set: [String] = []

    @Flag(name: .long, help: "Do everything but keep nothing.")
    var discard = false

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Vary settings: level, workers, chunk, frame, part, or a path in the job file.",
            valueName: "name=value,value"))
    var sweep: [String] = []

    @Option(name: .long, help: "How often each combination of a sweep is run.")
    var rounds: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Choose the level of compression on a sample: fastest, smallest or 'within 2h'.",
            valueName: "goal"))
    var tune: String?

    @OptionGroup var files: ProfileFiles

    @OptionGroup var log: LogOptions

    func execute() throws -> ExitStatus {
        log.apply()
        if let tune { return try execute(tuning: tune) }
        guard sweep.isEmpty else { return try executeSweep() }
        guard rounds == nil else {
            throw JobError(.usage, "'--rounds' goes with '--sweep'")
        }
        guard let job = try LoadedJobs.load([job], settings: set).first else { return .done }
        let measured = discard ? job.dryRun() : job
        try files.check(writingToStdout: measured.output == .stdout)
        let start = Date()
        // What an earlier run has sealed cannot be measured.
        let summary = try JobExecution.execute(
            measured, tracing: files.trace != nil, resuming: false)
        let verdict = try verdict(on: summary, of: measured)
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
        return summary.status
    }

    private func executeSweep() throws -> ExitStatus {
        guard files.trace == nil else {
            throw JobError(.usage, "a sweep has no trace", hint: "trace one run without '--sweep'")
        }
        let rounds = rounds ?? 3
        guard 1...100 ~= rounds else {
            throw JobError(.usage, "'--rounds' is a number from 1 to 100")
        }
        let axes = try sweep.map { text in
            try SweepRun.usage { () throws(SweepAxis.Invalid) in try SweepAxis(text) }
        }
        try files.check(writingToStdout: false, measured: .sweep)
        let result = try SweepRun(path: job, settings: set, axes: axes, rounds: rounds).run()
        try files.write(result)
        if files.json == "-" {
            try Console.shared.data(bytes: result.json())
        } else {
            for line in SweepTable.lines(result) { try Console.shared.data(line: line) }
        }
        return .done
    }

    private func execute(tuning text: String) throws -> ExitStatus {
        guard sweep.isEmpty, rounds == nil, files.isEmpty else {
            throw JobError(.usage, "'--tune' goes without '--sweep', '--rounds' and files")
        }
        guard let goal = TuningGoal(text) else {
            throw JobError(
                .usage, "'\(text)' is no goal",
                hint: "the goals are fastest, smallest and 'within 2h' (or 90m, 300s)")
        }
        let tuning = try TuneRun(path: job, settings: set, goal: goal).run()
        for line in TuneRun.lines(tuning) { try Console.shared.data(line: line) }
        guard tuning.choice != nil else {
            throw JobError(
                .failed, "no level fits into the time",
                hint: "split the job, leave something out, or add cores")
        }
        return .done
    }

    /// With what a lower level would change, where compression is what limits a run that takes its time.
    private func verdict(on summary: RunSummary, of job: Job) throws -> Verdict {
        let level = job.stages.compression?.level
        let verdict = Verdict(summary.report, level: level)
        guard verdict.isAboutCompression, summary.seconds > 0.5, case .paths = job.input,
            let level, level > 1
        else { return verdict }
        let tried = try LevelTrial(job: job, tarBytes: summary.tarBytes).run(at: 1)
        let alternative = Verdict.Alternative(
            level: 1, tried, tarBytes: summary.tarBytes, measured: summary.report,
            isStored: job.output != .discard)
        return alternative.map { Verdict(summary.report, level: level, or: $0) } ?? verdict
    }
}
