import ArgumentParser
import Jobs
import OKMS

// New material for a key: RotateKeyOnDemand, EnableKeyRotation, DisableKeyRotation,
// GetKeyRotationStatus, ListKeyRotations.

struct RotateKeyCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give a key new material now; the old goes on decrypting.")

    @OptionGroup var key: KeyArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.change(key.key, report) { service, name in
            _ = try service.rotateKeyOnDemand(name)
        }
    }
}

struct EnableRotationCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable-rotation", abstract: "Give a key new material by itself.")

    @OptionGroup var key: KeyArgument

    @Option(name: .long, help: "Every how many days, 90 to 2560; by default 365.")
    var days: Int?

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        if let days, !(90...2560 ~= days) {
            throw JobError(.usage, "a key is rotated every 90 to 2560 days")
        }
        return try service.call(report) { service in
            let name = try service.managed(key.key)
            try service.enableKeyRotation(name, periodDays: days)
            try RotationReport.show(of: name, service, report)
        }
    }
}

struct DisableRotationCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable-rotation", abstract: "Let a key keep its material.")

    @OptionGroup var key: KeyArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.call(report) { service in
            let name = try service.managed(key.key)
            try service.disableKeyRotation(name)
            try RotationReport.show(of: name, service, report)
        }
    }
}

struct RotationStatusCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotation-status", abstract: "Tell whether a key gets new material by itself.")

    @OptionGroup var key: KeyArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.call(report) { service in
            try RotationReport.show(of: service.managed(key.key), service, report)
        }
    }
}

struct ListRotationsCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotations", abstract: "List when a key got new material, oldest first.")

    @OptionGroup var key: KeyArgument
    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        try service.call(report) { service in
            let name = try service.managed(key.key)
            let rotations = try allPages { marker throws(KeyServiceError) in
                try service.listKeyRotations(of: name, limit: nil, marker: marker)
            }
            if report.json {
                return try Console.shared.data(json: ["rotations": rotations.map(Output.init)])
            }
            for rotation in rotations {
                try Console.shared.data(
                    line: "\(KeyReport.date(rotation.date))  \(rotation.cause.rawValue)  "
                        + rotation.materialID)
            }
        }
    }

    private struct Output: Encodable {
        let key: String
        let date: String
        let cause: String
        let material: String

        init(_ rotation: KeyRotation) {
            key = "\(rotation.key)"
            date = KeyReport.date(rotation.date)
            cause = rotation.cause.rawValue
            material = rotation.materialID
        }
    }
}

private enum RotationReport {
    private struct Output: Encodable {
        let key: String
        let enabled: Bool
        let period_days: Int?
        let next: String?
    }

    static func show(
        of key: KeyName, _ service: any KeyManagementService, _ report: ReportOptions
    ) throws {
        let status = try service.keyRotationStatus(of: key)
        let next = status.nextRotation.map(KeyReport.date)
        if report.json {
            return try Console.shared.data(
                json: Output(
                    key: "\(status.key)", enabled: status.isEnabled,
                    period_days: status.periodDays, next: next))
        }
        var text = "\(status.key)  "
        text += status.isEnabled ? "rotates by itself" : "does not rotate by itself"
        if let days = status.periodDays { text += " every \(days) days" }
        if let next { text += ", next on \(next)" }
        try Console.shared.data(line: text)
    }
}
