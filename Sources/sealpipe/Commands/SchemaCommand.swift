import ArgumentParser
import Jobs
import Profiling

struct SchemaCommand: StatusCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case job, profile }

    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of job files, or of profiles.")

    @Argument(help: "Of what: job, or profile for what 'profile --json' writes.")
    var format = Format.job

    func execute() throws -> ExitStatus {
        switch format {
        case .job: try Console.shared.data(JobSchema.text)
        case .profile: try Console.shared.data(ProfileSchema.text)
        }
        return .done
    }
}
