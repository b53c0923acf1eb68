import ArgumentParser
import Jobs

struct InventoryCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "List archives by customer master key and access, without decrypting.",
        discussion: """
            Reads manifests only, and believes them: without the key nothing in them is authenticated. \
            Lengths of files are compared with them, digests with --digests. The key service is asked \
            whether each key is there and enabled, and uses none.
            """)

    @Argument(help: "Archive sets, or archives.", completion: .directory)
    var sets: [String]

    @Flag(name: .long, help: "Compare the digest of every file too.")
    var digests = false

    @Flag(name: .long, help: "Do not ask the key service.")
    var offline = false

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        report.apply()
        let progress = RunProgress()
        let run = InventoryRun(
            sets, service: offline ? nil : try service.choice(), comparingDigests: digests,
            environment: try JobExecution.environment(), progress: progress)
        let inventory = try JobExecution.watched(progress, hint: nil, run.cancel) { try run.run() }
        for notice in inventory.notices { Console.shared.warning(notice) }
        if report.json {
            try Console.shared.data(json: InventoryOutput(inventory))
        } else {
            for line in InventoryTable.lines(inventory) { try Console.shared.data(line: line) }
        }
        for archive in inventory.archives {
            for damage in archive.damage {
                let message = damage.contains(archive.path) ? damage : "\(archive.path): \(damage)"
                Console.shared.error(JobError(.integrity, message))
            }
        }
        for (_, reason) in inventory.missing { Console.shared.error(JobError(.missing, reason)) }
        if inventory.archives.contains(where: { !$0.damage.isEmpty }) { return .integrity }
        return inventory.missing.isEmpty ? .done : .missing
    }
}

/// An inventory for people: every key with the archives under it. An archive with several keys is
/// under each of them.
enum InventoryTable {
    static func lines(_ inventory: Inventory) -> [String] {
        var lines: [String] = []
        for key in inventory.keys {
            lines.append("\(key.arn)  \(text(key.state))")
            let archives = inventory.archives.filter { $0.facts?.keys.contains(key.arn) == true }
            lines += table(archives).map { "  " + $0 }
        }
        let keyless = inventory.archives.filter { ($0.facts?.keys ?? []).isEmpty }
        if !keyless.isEmpty {
            lines.append("under unknown keys")
            lines += table(keyless).map { "  " + $0 }
        }
        return lines
    }

    private static func text(_ state: Inventory.State) -> String {
        switch state {
        case .enabled(let isDefault): isDefault ? "Enabled (default)" : "Enabled"
        case .disabled: "Disabled"
        case .pendingDeletion(let date):
            "PendingDeletion" + (date.map { " until \(KeyReport.date($0))" } ?? "")
        case .missing: "missing"
        case .unknown(let reason): reason
        }
    }

    private static func table(_ archives: [Inventory.Archive]) -> [String] {
        let rows = archives.map { archive -> [String] in
            let files =
                archive.damage.isEmpty
                ? archive.hasComparedDigests ? "digests match" : "files present" : "damaged"
            guard let facts = archive.facts else {
                return [archive.path, "", "", "", files, archive.access.rawValue, ""]
            }
            let context = facts.context.map { $0.joined(separator: "=") }.joined(separator: ", ")
            return [
                archive.path, facts.job, Amount.count(facts.entries, "entry", "entries"),
                Amount.bytes(facts.storedBytes), files, archive.access.rawValue, context,
            ]
        }
        guard let columnCount = rows.first?.count else { return [] }
        let widths = (0..<columnCount).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

/// An inventory as `--json` prints it.
private struct InventoryOutput: Encodable {
    struct Archive: Encodable {
        let path: String
        let name: String
        let id: String?
        let job: String?
        let created: String?
        let keys: [String]?
        /// Pairs, as in the manifest: an object would merge and reorder them.
        let context: [[String]]?
        let entries: Int?
        let content_bytes: Int?
        let stored_bytes: Int?
        let problem_count: Int?
        /// `open`, `refused` or `unknown`.
        let access: String
        let whole: Bool
        let digests_compared: Bool
        let damage: [String]
    }

    struct Key: Encodable {
        let arn: String
        /// As the service names it, or `missing`, or `unknown`.
        let state: String
        let `default`: Bool?
        let deletion_date: String?
        let reason: String?
        let archives: Int
    }

    struct Missing: Encodable {
        let path: String
        let reason: String
    }

    let archives: [Archive]
    let keys: [Key]
    let missing: [Missing]

    init(_ inventory: Inventory) {
        archives = inventory.archives.map { archive in
            let facts = archive.facts
            return Archive(
                path: archive.path, name: archive.name, id: facts?.archiveID, job: facts?.job,
                created: facts?.created, keys: facts?.keys, context: facts?.context,
                entries: facts?.entries, content_bytes: facts?.contentBytes,
                stored_bytes: facts?.storedBytes, problem_count: facts?.problemCount,
                access: archive.access.rawValue, whole: archive.damage.isEmpty,
                digests_compared: archive.hasComparedDigests, damage: archive.damage)
        }
        keys = inventory.keys.map { key in
            var (state, isDefault, until, reason) =
                ("unknown", Bool?.none, Double?.none, String?.none)
            switch key.state {
            case .enabled(let flag): (state, isDefault) = ("Enabled", flag)
            case .disabled: state = "Disabled"
            case .pendingDeletion(let date): (state, until) = ("PendingDeletion", date)
            case .missing: state = "missing"
            case .unknown(let text): reason = text
            }
            return Key(
                arn: key.arn, state: state, default: isDefault,
                deletion_date: until.map(KeyReport.date), reason: reason,
                archives: key.archiveCount)
        }
        missing = inventory.missing.map { Missing(path: $0.path, reason: $0.reason) }
    }
}
