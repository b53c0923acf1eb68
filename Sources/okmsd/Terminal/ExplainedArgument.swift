import ArgumentParser
import OKMS
import OKMSServer

/// An argument that says what it may be, where it is not.
protocol ExplainedArgument: ExpressibleByArgument {
    /// A sentence's end, with an example: "give …, as in …".
    static var whatToGive: String { get }
}

extension ExplainedArgument {
    /// For the `transform` of an option.
    static func parse(_ argument: String) throws -> Self {
        guard let value = Self(argument: argument) else { throw WrongArgument(hint: whatToGive) }
        return value
    }
}

/// What the parser adds to the name of the option and its value.
private struct WrongArgument: Error, CustomStringConvertible {
    let hint: String
    var description: String { hint }
}

extension ActionSet: ExplainedArgument {
    static var whatToGive: String {
        "give names of actions, separated by commas, as in GenerateDataKey,DescribeKey; "
            + "'okmsd access-key create --help' lists them"
    }
}

extension TimeSpan: ExplainedArgument {
    static let whatToGive = "give a whole number from 1 and s, m, h or d, as in 10s or 90d"
}

extension ListenAddress: ExplainedArgument {
    static let whatToGive =
        "give a numeric address and a port up to 65535, as in 127.0.0.1:8200 or [::1]:8200"

    package init?(argument: String) { self.init(argument) }
}

extension AccountID: ExplainedArgument {
    static let whatToGive =
        "give an account's id, twelve digits, as in 123456789012; 'okmsd account list' shows them"

    package init?(argument: String) { self.init(argument) }
}

extension RateLimitOption: ExplainedArgument {
    static let whatToGive =
        "give cryptography, reading or changing and a rate from 1, as in reading=500"
}

extension Moment: ExplainedArgument {
    static let whatToGive = "give a date and time in UTC, as in 2026-01-02T03:04:05Z"
}
