import ArgumentParser
import Jobs

extension Output.OverwritePolicy: ExpressibleByArgument {}

struct RestoreCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Restore an archive, or some of it, into a directory.")

    @Argument(
        help: "An archive, or a set: then its newest archive.", completion: .directory)
    var archive: String

    @Argument(help: "Where to; made if it is not there.", completion: .directory)
    var directory: String

    @Argument(help: "What to restore; by default everything.")
    var patterns: [String] = []

    @Option(name: .long, help: "What happens to files that are there: refuse or replace.")
    var overwrite = Output.OverwritePolicy.refuse

    @Flag(name: .long, help: "Go on past damage: restore what is whole, list what is not.")
    var keepGoing = false

    @Flag(name: .long, help: "With --keep-going: files with holes get their names too.")
    var keepDamaged = false

    @Option(
        name: .long, help: "A copy of the archive or of its set, for what is damaged.",
        completion: .directory)
    var replica: String?

    @Option(name: .long, help: "How many workers; by default as many as there are cores.")
    var workers: Int?

    @Flag(name: .long, help: "Open everything but write nothing.")
    var dryRun = false

    @Flag(name: .long, help: "Print the job file that does the same, and do nothing.")
    var printJob = false

    @OptionGroup var key: KeyOptions
    @OptionGroup var resuming: ResumeOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        report.apply()
        if let workers, !(StageLimits.workers ~= workers) {
            throw JobError(.usage, "there can be 1 to 128 workers")
        }
        guard keepGoing || !keepDamaged else {
            throw JobError(.usage, "--keep-damaged needs --keep-going")
        }
        let job = Job(
            name: "restore", key: try key.choice(),
            input: .archive(path: archive, select: try globs(patterns)),
            stages: Stages(decrypts: true, decompresses: true),
            output: .directory(path: directory, overwrite: overwrite),
            limits: Limits(workers: workers),
            damage: DamagePolicy(
                replica: replica, keepsGoing: keepGoing, keepsDamagedFiles: keepDamaged))
        if printJob {
            try Console.shared.data(job.yaml)
            return .done
        }
        return try JobExecution.run(
            dryRun ? job.dryRun() : job, json: report.json, resuming: resuming.resumes)
    }
}
