import ArgumentParser
import Jobs
import OKMS

// Keys from their making on: CreateKey, ListKeys, DescribeKey, EnableKey, DisableKey,
// UpdateKeyDescription.

struct CreateKeyCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a new key.")

    @Option(name: .long, help: "What the key is for.")
    var description = ""

    @Option(name: .long, help: ArgumentHelp("A tag of the key.", valueName: "key=value"))
    var tag: [String] = []

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        let tags = try KeyTag.parse(tag)
        return try service.call(report, making: true) { service in
            let key = try service.createKey(description: description, tags: tags)
            try KeyReport.show([key], report, isList: false)
        }
    }
}

struct ListKeysCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the account's keys.")

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.call(report) { service in
            var keys: [KeyMetadata] = []
            for arn in try service.allKeys() {
                // A key may be destroyed between the two calls.
                do throws(KeyServiceError) { keys.append(try service.describeKey(.arn(arn))) } catch
                {
                    guard error.code == .notFound else { throw error }
                }
            }
            try KeyReport.show(keys, report, isList: true)
        }
    }
}

struct DescribeKeyCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Tell all about a key.")

    @Argument(help: "Id, ARN or alias of the key, or 'default'.")
    var key: String

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.call(report) { service in
            try KeyReport.show([service.describeKey(KeyName(key))], report, isList: false)
        }
    }
}

struct EnableKeyCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a key be used.")

    @OptionGroup var key: KeyArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.change(key.key, report) { service, name in try service.enableKey(name) }
    }
}

struct DisableKeyCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Let a key not be used, until it is enabled again.")

    @OptionGroup var key: KeyArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.change(key.key, report) { service, name in try service.disableKey(name) }
    }
}

struct UpdateDescriptionCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "update-description", abstract: "Say anew what a key is for.")

    @OptionGroup var key: KeyArgument

    @Argument(help: "What the key is for.")
    var description: String

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.change(key.key, report) { service, name in
            try service.updateKeyDescription(name, to: description)
        }
    }
}

/// The key that a command manages.
struct KeyArgument: ParsableArguments {
    @Argument(help: "Id or ARN of the key, or 'default'.")
    var key: String
}
