import ArgumentParser
import Jobs
import Pipeline
import Terminal

/// The program: what its commands are, and how it ends.
struct Sealpipe: ParsableCommand {
    static let version = "0.1.0"
    static var tool: String { "sealpipe \(version)" }

    static let configuration = CommandConfiguration(
        commandName: "sealpipe",
        abstract: "Pack, compress and envelope-encrypt data sets; restore and verify them.",
        discussion: """
            Exit statuses: 0 done · 1 failed · 2 usage · 3 partial (archive valid, some inputs \
            unreadable and listed) · 10 source or archive missing · 11 locked by a live run · 12 key \
            or credentials refused · 13 KMS or storage unreachable · 14 integrity failure · 15 a \
            guard tripped · 16 out of disk, memory or time · 78 job file invalid · 130/143 interrupted
            """,
        version: tool,
        subcommands: [
            RunCommand.self, SealCommand.self, RestoreCommand.self, ListCommand.self,
            VerifyCommand.self, CheckCommand.self, PlanCommand.self, ProfileCommand.self,
            SchemaCommand.self,
            EncryptCommand.self, DecryptCommand.self, KeysCommand.self, RewrapCommand.self,
            InventoryCommand.self, HistoryCommand.self,
        ])
}

@main
enum Program {
    static func main() {
        ProcessSetup.apply()
        let status = run()
        Console.shared.finish(status)
    }

    /// Runs the command and returns its exit status; says what went wrong.
    private static func run() -> ExitStatus {
        // Before anything can be wrong with them.
        LogOptions.applyUnparsed(CommandLine.arguments)
        do {
            let arguments = try Self.arguments()
            try checkCommand(arguments)
            var command = try Sealpipe.parseAsRoot(arguments)
            // What waits for signals needs two before any pipeline asks for more.
            try Shortage.checkThreads(2)
            if let command = command as? any StatusCommand { return try command.execute() }
            try command.run()
            return .done
        } catch {
            return report(error)
        }
    }

    /// The arguments as text. Bytes that are none would name other files than were meant.
    private static func arguments() throws -> [String] {
        try (1..<max(1, Int(CommandLine.argc))).map { index in
            guard let argument = unsafe CommandLine.unsafeArgv[index] else { return "" }
            guard let text = unsafe String(validatingCString: argument) else {
                throw JobError(
                    .usage, "argument \(index) is not UTF-8",
                    hint: "name the directory that holds it: names within a source may be any bytes"
                )
            }
            return text
        }
    }

    /// The parser would call a mistyped command an unexpected argument.
    private static func checkCommand(_ arguments: [String]) throws {
        guard let name = arguments.first, !name.hasPrefix("-") else { return }
        let known = Sealpipe.configuration.subcommands.map { $0._commandName } + ["help"]
        guard !known.contains(name) else { return }
        throw JobError(
            .usage, "there is no command '\(name)'", hint: "'sealpipe --help' lists the commands")
    }

    /// What the parser throws is help, which is no failure, or a usage error; all else is ours.
    private static func report(_ error: any Error) -> ExitStatus {
        let isFromParser = String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
        if isFromParser, Sealpipe.exitCode(for: error) == .success {
            do { try Console.shared.data(Sealpipe.fullMessage(for: error)) } catch {
                return report(error)
            }
            return .done
        }
        let explained =
            isFromParser ? UsageError.explaining(error) : JobError(explaining: error)
        Console.shared.error(explained)
        return explained.status
    }
}

/// A command that ends with a status of its own.
protocol StatusCommand: ParsableCommand {
    func execute() throws -> ExitStatus
}
