import ArgumentParser
import Jobs

struct RunCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run job files, one after the other.")

    @Argument(help: "Job files.", completion: .file(extensions: ["yaml", "yml"]))
    var jobs: [String]

    @Option(name: .long, help: ArgumentHelp("Change a value of the job.", valueName: "path=value"))
    var set: [String] = []

    @Flag(name: .long, help: "Do everything but keep nothing.")
    var dryRun = false

    @OptionGroup var resuming: ResumeOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        report.apply()
        var status = ExitStatus.done
        for job in try LoadedJobs.load(jobs, settings: set) {
            do {
                let ended = try JobExecution.run(
                    dryRun ? job.dryRun() : job, json: report.json, resuming: resuming.resumes)
                if status == .done { status = ended }
            } catch let error as JobError {
                Console.shared.error(error)
                if status == .done || status == .partial { status = error.status }
                // An interruption is meant for all of them.
                if [.interrupted, .terminated].contains(error.status) { return error.status }
            }
        }
        return status
    }
}
