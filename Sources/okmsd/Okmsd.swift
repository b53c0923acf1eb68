import ArgumentParser
import Glibc
import Terminal

/// The program: what its commands are, and how it ends.
@main
struct Okmsd: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "okmsd",
        abstract: "A key management service that speaks the AWS KMS protocol.",
        discussion: """
            Exit statuses: 0 done · 1 failed · 2 usage · 10 store, key or file missing · 11 store \
            locked or served already · 12 store, root key, PIN or request refused · 13 address or \
            module not reachable · 14 store or audit trail damaged · 16 out of disk or memory
            """,
        version: "okmsd \(version)",
        subcommands: [
            ServeCommand.self, AccountCommand.self, AccessKeyCommand.self, AuditCommand.self,
        ])

    static func main() async {
        ProcessSetup.apply()
        let status = await runCommand()
        Glibc.exit(status.rawValue)
    }

    /// Runs the command and returns its exit status; says what went wrong.
    private static func runCommand() async -> ExitStatus {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .done
        } catch {
            return report(error)
        }
    }

    /// What the parser throws is help, which is no failure, or a usage error; all else is ours.
    private static func report(_ error: any Error) -> ExitStatus {
        guard String(reflecting: type(of: error)).hasPrefix("ArgumentParser.") else {
            let explained = CommandError(explaining: error)
            Output.error(explained)
            return explained.status
        }
        if exitCode(for: error) == .success {
            do { try Output.line(fullMessage(for: error)) } catch { return report(error) }
            return .done
        }
        let message = Self.message(for: error).split(separator: "\n").joined(separator: " ")
        Output.error(
            CommandError(.usage, message, hint: "'okmsd --help' explains commands and options"))
        return .usage
    }
}
