import ArgumentParser
import Jobs

struct SchemaCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of job files.")

    func execute() throws -> ExitStatus {
        try Console.shared.data(JobSchema.text)
        return .done
    }
}
