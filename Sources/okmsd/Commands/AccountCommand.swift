import ArgumentParser
import OKMS
import OKMSEngine

struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Administer the accounts of a store.",
        subcommands: [Create.self, List.self, SetQuota.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account, with its default key.",
            discussion: "Where there is no store, makes it, and this is its first account.")

        @OptionGroup var store: StoreOptions
        @OptionGroup var report: ReportOptions

        @Option(help: "How many keys it may have, the default one included.")
        var quota: Int?

        func run() throws {
            let engine = try store.open(making: true)
            guard engine.isNew else {
                return try show([engine.createAccount(keyQuota: quota)], report)
            }
            if let quota { _ = try engine.setKeyQuota(of: engine.defaultAccount, to: quota) }
            try show(engine.accounts(), report)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts.")

        @OptionGroup var store: StoreOptions
        @OptionGroup var report: ReportOptions

        func run() throws {
            let accounts = try store.open(making: false).accounts()
            guard report.json else { return try show(accounts, report) }
            try Output.json(["Accounts": accounts.map(AccountOutput.init)])
        }
    }

    struct SetQuota: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-quota", abstract: "Say how many keys an account may have.")

        @Argument(help: "The account's id, twelve digits.", transform: AccountID.parse)
        var account: AccountID

        @Argument(help: "How many keys, the default one included.")
        var quota: Int

        @OptionGroup var store: StoreOptions
        @OptionGroup var report: ReportOptions

        func run() throws {
            try show([store.open(making: false).setKeyQuota(of: account, to: quota)], report)
        }
    }
}

private func show(_ accounts: [Account], _ report: ReportOptions) throws {
    for account in accounts {
        if report.json {
            try Output.json(AccountOutput(account))
        } else {
            try Output.line(
                "\(account.id)  \(account.keyCount) of \(account.keyQuota) keys  "
                    + "default \(account.defaultKey)")
        }
    }
}

/// An account as `--json` prints it.
private struct AccountOutput: Encodable {
    let AccountId: String
    let KeyQuota: Int
    let KeyCount: Int
    let DefaultKeyArn: String
    let CreationDate: String

    init(_ account: Account) {
        AccountId = "\(account.id)"
        KeyQuota = account.keyQuota
        KeyCount = account.keyCount
        DefaultKeyArn = "\(account.defaultKey)"
        CreationDate = timeText(account.created)
    }
}
