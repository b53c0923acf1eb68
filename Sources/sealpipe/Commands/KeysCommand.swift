import ArgumentParser
import Foundation
import Jobs
import OKMS

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Manage customer master keys.",
        subcommands: [Create.self, List.self, Describe.self, Enable.self, Disable.self])

    struct Create: StatusCommand {
        static let configuration = CommandConfiguration(abstract: "Make a new key.")

        @Option(name: .long, help: "What the key is for.")
        var description = ""

        @OptionGroup var report: ReportOptions

        func execute() throws -> ExitStatus {
            try withService(report) { service in
                let key = try service.createKey(description: description)
                try show([key], report, isList: false)
            }
        }
    }

    struct List: StatusCommand {
        static let configuration = CommandConfiguration(abstract: "List the account's keys.")

        @OptionGroup var report: ReportOptions

        func execute() throws -> ExitStatus {
            try withService(report) { service in
                let keys = try service.allKeys().map { try service.describeKey(.arn($0)) }
                try show(keys, report, isList: true)
            }
        }
    }

    struct Describe: StatusCommand {
        static let configuration = CommandConfiguration(abstract: "Tell all about a key.")

        @Argument(help: "Id or ARN of the key, or 'default'.")
        var key: String

        @OptionGroup var report: ReportOptions

        func execute() throws -> ExitStatus {
            try withService(report) { service in
                try show([service.describeKey(KeyName(key))], report, isList: false)
            }
        }
    }

    struct Enable: StatusCommand {
        static let configuration = CommandConfiguration(abstract: "Let a key be used.")

        @Argument(help: "Id or ARN of the key, or 'default'.")
        var key: String

        @OptionGroup var report: ReportOptions

        func execute() throws -> ExitStatus {
            try change(key, report) { service, name in try service.enableKey(name) }
        }
    }

    struct Disable: StatusCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a key not be used, until it is enabled again.")

        @Argument(help: "Id or ARN of the key, or 'default'.")
        var key: String

        @OptionGroup var report: ReportOptions

        func execute() throws -> ExitStatus {
            try change(key, report) { service, name in try service.disableKey(name) }
        }
    }
}

private func withService(
    _ report: ReportOptions, _ body: (any KeyManagementService) throws -> Void
) throws -> ExitStatus {
    report.apply()
    do {
        try body(JobExecution.environment().keyService(.embedded, making: true))
        return .done
    } catch {
        throw JobError(explaining: error)
    }
}

/// Changes a key and shows what it is now.
private func change(
    _ key: String, _ report: ReportOptions,
    _ body: (any KeyManagementService, KeyName) throws -> Void
) throws -> ExitStatus {
    try withService(report) { service in
        // Management takes no alias, and `default` is one.
        let name = KeyName.arn(try service.describeKey(KeyName(key)).arn)
        try body(service, name)
        try show([service.describeKey(name)], report, isList: false)
    }
}

private func show(_ keys: [KeyMetadata], _ report: ReportOptions, isList: Bool) throws {
    if report.json {
        let outputs = keys.map(KeyOutput.init)
        if isList {
            try Console.shared.data(json: ["keys": outputs])
        } else {
            for output in outputs { try Console.shared.data(json: output) }
        }
        return
    }
    for key in keys {
        let mark = key.isAccountDefault ? " (default)" : ""
        let text = key.description.isEmpty ? "" : "  \(key.description)"
        try Console.shared.data("\(key.arn)  \(key.state.rawValue)\(mark)\(text)")
    }
}

/// A key as `--json` prints it.
private struct KeyOutput: Encodable {
    let id: String
    let arn: String
    let state: String
    let description: String
    let created: String
    let `default`: Bool

    init(_ key: KeyMetadata) {
        id = "\(key.arn.key)"
        arn = "\(key.arn)"
        state = key.state.rawValue
        description = key.description
        created = Date(timeIntervalSince1970: key.created).formatted(.iso8601)
        `default` = key.isAccountDefault
    }
}
