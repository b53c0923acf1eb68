import ArgumentParser
import Jobs
import OKMS

// The end of a key: ScheduleKeyDeletion, CancelKeyDeletion.

struct ScheduleDeletionCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule-deletion",
        abstract: "Have a key destroyed after some days; it is of no use until then.",
        discussion: """
            What is encrypted under the key alone is lost with it. 'sealpipe inventory' tells which \
            archives are, 'sealpipe rewrap' moves them to another key.
            """)

    @OptionGroup var key: KeyArgument

    @Option(name: .long, help: "After how many days, 7 to 30.")
    var days = 30

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        guard 7...30 ~= days else {
            throw JobError(.usage, "a key is destroyed after 7 to 30 days")
        }
        return try service.change(key.key, report) { service, name in
            _ = try service.scheduleKeyDeletion(name, windowDays: days)
        }
    }
}

struct CancelDeletionCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel-deletion", abstract: "Keep a key after all; it is disabled then.")

    @OptionGroup var key: KeyArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.change(key.key, report) { service, name in
            _ = try service.cancelKeyDeletion(name)
        }
    }
}
