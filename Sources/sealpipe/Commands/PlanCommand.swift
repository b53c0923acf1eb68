import ArgumentParser
import Foundation
import Jobs

struct PlanCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Tell what a job would do, without doing it.")

    @Argument(help: "A job file.", completion: .file(extensions: ["yaml", "yml"]))
    var job: String

    @Option(name: .long, help: ArgumentHelp("Change a value of the job.", valueName: "path=value"))
    var set: [String] = []

    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        report.apply()
        for job in try LoadedJobs.load([job], settings: set) {
            let plan = try JobPlan.make(job, environment: JobExecution.environment())
            if report.json {
                try Console.shared.data(json: PlanOutput(job, plan))
            } else {
                for line in Self.lines(job, plan) { try Console.shared.data(line) }
            }
        }
        return .done
    }

    private static func lines(_ job: Job, _ plan: JobPlan) -> [String] {
        func row(_ name: String, _ value: String) -> String {
            (name + ":").padding(toLength: 15, withPad: " ", startingAt: 0) + value
        }
        let unknown = "known only when it runs"
        var lines = [row("job", job.name)]
        lines.append(row("entries", plan.entries.map { "\($0)" } ?? unknown))
        lines.append(row("bytes", plan.contentBytes.map { Amount.bytes($0) } ?? unknown))
        if let tar = plan.tarBytes { lines.append(row("tar", Amount.bytes(tar))) }
        if let parts = plan.parts { lines.append(row("parts", "at most \(parts)")) }
        lines.append(row("key calls", "\(plan.keyCalls)"))
        lines.append(row("memory", "at most \(Amount.bytes(plan.memoryBytes))"))
        if plan.problems > 0 { lines.append(row("unreadable", "\(plan.problems)")) }
        return lines
    }
}

/// A plan as `--json` prints it.
private struct PlanOutput: Encodable {
    let job: String
    let entries: Int?
    let content_bytes: Int?
    let tar_bytes: Int?
    let parts: Int?
    let key_calls: Int
    let memory_bytes: Int
    let problems: Int

    init(_ job: Job, _ plan: JobPlan) {
        self.job = job.name
        entries = plan.entries
        content_bytes = plan.contentBytes
        tar_bytes = plan.tarBytes
        parts = plan.parts
        key_calls = plan.keyCalls
        memory_bytes = plan.memoryBytes
        problems = plan.problems
    }
}
