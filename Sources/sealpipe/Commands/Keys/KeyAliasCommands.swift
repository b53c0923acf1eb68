import ArgumentParser
import Jobs
import OKMS

// Names for keys: CreateAlias, UpdateAlias, DeleteAlias, ListAliases.

struct CreateAliasCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-alias", abstract: "Give a key an alias.")

    @OptionGroup var alias: AliasArgument
    @OptionGroup var key: KeyArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        let alias = try alias.name()
        return try service.change(key.key, report) { service, name in
            try service.createAlias(alias, for: name)
        }
    }
}

struct UpdateAliasCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "update-alias", abstract: "Let an alias stand for another key.")

    @OptionGroup var alias: AliasArgument
    @OptionGroup var key: KeyArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        let alias = try alias.name()
        return try service.change(key.key, report) { service, name in
            try service.updateAlias(alias, to: name)
        }
    }
}

struct DeleteAliasCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete-alias", abstract: "Remove an alias; its key stays.")

    @OptionGroup var alias: AliasArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        let alias = try alias.name()
        return try service.call(report) { service in
            try service.deleteAlias(alias)
            if report.json {
                try Console.shared.data(json: ["alias": "\(alias)", "result": "deleted"])
            } else {
                Console.shared.notice("\(alias) stands for no key any more")
            }
        }
    }
}

struct ListAliasesCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "aliases", abstract: "List the aliases of the account, or of one key.")

    @Argument(help: "Id or ARN of the key, or 'default'.")
    var key: String?

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.call(report) { service in
            let name = try key.map { try service.managed($0) }
            let aliases = try allPages { marker throws(KeyServiceError) in
                try service.listAliases(of: name, limit: nil, marker: marker)
            }
            if report.json {
                return try Console.shared.data(json: ["aliases": aliases.map(Output.init)])
            }
            for alias in aliases { try Console.shared.data(line: "\(alias.name)  \(alias.target)") }
        }
    }

    private struct Output: Encodable {
        let alias: String
        let arn: String
        let key: String
        let created: String
        let updated: String

        init(_ alias: KeyAlias) {
            self.alias = "\(alias.name)"
            arn = alias.arn
            key = "\(alias.target)"
            created = KeyReport.date(alias.created)
            updated = KeyReport.date(alias.updated)
        }
    }
}

/// The alias that a command manages; `alias/` may be left out.
struct AliasArgument: ParsableArguments {
    @Argument(help: "Name of the alias, such as alias/backup.")
    var alias: String

    func name() throws -> AliasName {
        guard let name = AliasName(alias) ?? AliasName("alias/" + alias) else {
            throw JobError(
                .usage, "'\(alias)' is no name of an alias",
                hint: "it has letters, digits, '/', '_' and '-', such as alias/backup")
        }
        return name
    }
}
