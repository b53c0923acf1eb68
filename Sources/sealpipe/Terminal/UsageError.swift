import ArgumentParser
import Jobs

/// The parser's complaints in this program's words: lower case, no full stop, status 2.
enum UsageError {
    static func explaining(_ error: any Error) -> JobError {
        let lines = Sealpipe.message(for: error).split(separator: "\n").map {
            $0.drop { $0 == " " }
        }
        var message = lines.joined(separator: " ")
        var hint: String?
        if let mark = message.firstRange(of: ". Did you mean ") {
            hint = "did you mean " + message[mark.upperBound...].filter { $0 != "?" }
            message = String(message[..<mark.lowerBound])
        }
        while let last = message.last, ".:".contains(last) { message.removeLast() }
        if let first = message.first, first.isUppercase {
            message = first.lowercased() + message.dropFirst()
        }
        return JobError(.usage, message, hint: hint ?? seeHelp(Sealpipe.fullMessage(for: error)))
    }

    /// The full message ends in `See 'sealpipe seal --help' for more information.`
    private static func seeHelp(_ message: String) -> String? {
        guard let start = message.ranges(of: "See '").last else { return nil }
        let command = message[start.upperBound...].prefix { $0 != "'" }
        return "'\(command)' explains the arguments"
    }
}
