import ArgumentParser
import Jobs

struct CheckCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check job files without running them.")

    @Argument(help: "Job files.", completion: .file(extensions: ["yaml", "yml"]))
    var jobs: [String]

    @Option(name: .long, help: ArgumentHelp("Change a value of the job.", valueName: "path=value"))
    var set: [String] = []

    @Flag(name: .long, help: "Prove as well that the key can be used and the output written.")
    var online = false

    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        report.apply()
        for job in try LoadedJobs.load(jobs, settings: set) {
            if online {
                try JobExecution.cancellable { cancellation in
                    try JobProof.prove(
                        job, environment: JobExecution.environment(), cancelledBy: cancellation)
                }
            }
            if report.json {
                try Console.shared.data(json: ["job": job.name, "result": "valid"])
            } else {
                Console.shared.notice(
                    "\(job.name) is valid\(online ? ", its key and output usable" : "")")
            }
        }
        return .done
    }
}
