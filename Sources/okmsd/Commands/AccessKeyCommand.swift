import ArgumentParser
import Foundation
import LibCrypto
import OKMS
import OKMSEngine

struct AccessKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access-key", abstract: "Administer what clients sign their requests with.",
        subcommands: [
            Create.self, List.self, Activate.self, Deactivate.self, Delete.self,
        ])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an access key, and print it with its secret: once and never again.",
            discussion: "Makes the store where there is none. Actions are "
                + KeyAction.allCases.map(\.rawValue).joined(separator: ", ") + ".")

        @OptionGroup var store: StoreOptions
        @OptionGroup var report: ReportOptions

        @Option(
            help: "Whose it is; may be left out where there is one account.",
            transform: AccountID.parse)
        var account: AccountID?

        @Option(
            help: ArgumentHelp(
                "The only actions it may be used for, separated by commas.",
                valueName: "GenerateDataKey,…"), transform: ActionSet.parse)
        var actions: ActionSet?

        @Option(
            help: ArgumentHelp("When it ends, from now on: 90d.", valueName: "time"),
            transform: TimeSpan.parse)
        var expires: TimeSpan?

        func run() throws {
            // A store that is new has no account that could be named.
            let engine = try store.open(making: account == nil)
            let expiry = expires.map { Date().timeIntervalSince1970 + $0.seconds }
            let key = try engine.createAccessKey(
                for: account ?? onlyAccount(of: engine), actions: actions?.actions,
                expires: expiry)
            try Output.data(Self.text(key, json: report.json))
        }

        /// With the secret, which is never a `String`: the bytes go from here to standard output.
        private static func text(_ key: borrowing NewAccessKey, json: Bool) -> [UInt8] {
            var text: [UInt8] = []
            func append(_ part: String) { text += Array(part.utf8) }
            append(
                json
                    ? #"{"AccessKeyId":"\#(key.id)","AccountId":"\#(key.account)","SecretAccessKey":""#
                    : "account            \(key.account)\naccess key id      \(key.id)\n"
                        + "secret access key  ")
            // Letters, digits, + and /: nothing that JSON would escape.
            key.secret.withBytes { secret in
                for i in secret.indices { text.append(secret[i]) }
            }
            append(json ? "\"}\n" : "\n")
            return text
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List access keys, without their secrets.")

        @OptionGroup var store: StoreOptions
        @OptionGroup var report: ReportOptions

        @Option(help: "Whose; without it, everyone's.", transform: AccountID.parse)
        var account: AccountID?

        func run() throws {
            let engine = try store.open(making: false)
            let accounts = try account.map { [$0] } ?? engine.accounts().map(\.id)
            let keys = try accounts.flatMap { try engine.accessKeys(of: $0) }
            if report.json {
                try Output.json(["AccessKeys": keys.map(AccessKeyOutput.init)])
            } else {
                for key in keys { try Output.line(describe(key)) }
            }
        }

        private func describe(_ key: AccessKey.Description) -> String {
            var text = "\(key.id)  \(key.account)  \(status(of: key))"
            if let expires = key.expires { text += "  until \(timeText(expires))" }
            if let actions = key.allowedActions {
                text += "  " + actions.map(\.rawValue).sorted().joined(separator: ",")
            }
            return text
        }
    }

    struct Activate: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let an access key be used.")

        @Argument(help: "The id of the access key.")
        var id: String

        @OptionGroup var store: StoreOptions

        func run() throws { try store.open(making: false).setAccessKey(id, active: true) }
    }

    struct Deactivate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an access key not be used, until it is activated again.")

        @Argument(help: "The id of the access key.")
        var id: String

        @OptionGroup var store: StoreOptions

        func run() throws { try store.open(making: false).setAccessKey(id, active: false) }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove an access key for good.")

        @Argument(help: "The id of the access key.")
        var id: String

        @OptionGroup var store: StoreOptions

        func run() throws { try store.open(making: false).deleteAccessKey(id) }
    }
}

/// `GenerateDataKey,DescribeKey`.
struct ActionSet {
    let actions: Set<KeyAction>

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false)
        let actions = names.compactMap { KeyAction(rawValue: String($0)) }
        guard actions.count == names.count else { return nil }
        self.actions = Set(actions)
    }
}

private func onlyAccount(of engine: OKMSEngine) throws -> AccountID {
    let accounts = try engine.accounts()
    guard accounts.count == 1, let account = accounts.first else {
        throw CommandError(
            .usage, "the store has \(accounts.count) accounts",
            hint: "name one with --account; 'okmsd account list' shows them")
    }
    return account.id
}

private func status(of key: AccessKey.Description) -> String {
    if !key.isActive { return "inactive" }
    return key.isUsable(at: Date().timeIntervalSince1970) ? "active" : "expired"
}

/// An access key as `--json` prints it.
private struct AccessKeyOutput: Encodable {
    let AccessKeyId: String
    let AccountId: String
    let Status: String
    let CreationDate: String
    let ExpirationDate: String?
    let Actions: [String]?

    init(_ key: AccessKey.Description) {
        AccessKeyId = key.id
        AccountId = "\(key.account)"
        Status = status(of: key)
        CreationDate = timeText(key.created)
        ExpirationDate = key.expires.map(timeText)
        Actions = key.allowedActions.map { $0.map(\.rawValue).sorted() }
    }
}
