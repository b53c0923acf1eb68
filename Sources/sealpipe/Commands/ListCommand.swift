import ArgumentParser
import Foundation
import Archive
import Jobs

struct ListCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the entries of an archive.")

    @Argument(help: "An archive, or a set: then its newest archive.", completion: .directory)
    var archive: String

    @Argument(help: "What to list; by default everything.")
    var patterns: [String] = []

    @Flag(name: .shortAndLong, help: "Also mode, owner, size and time.")
    var long = false

    @Flag(name: [.customShort("0"), .long], help: "End each path with a NUL, and escape nothing.")
    var null = false

    @OptionGroup var service: ServiceOptions
    @OptionGroup var report: ReportOptions

    func execute() throws -> ExitStatus {
        report.apply()
        let unfinished = ArchiveListing.unfinished(at: archive)
        for left in unfinished {
            Console.shared.notice(
                "\(left.name) is unfinished or being written: "
                    + "\(Amount.count(left.files, "finished file")) (\(Amount.bytes(left.storedBytes)))"
            )
        }
        // Only this asks the service. What follows may wait for a reader of the list.
        let listing = try JobExecution.cancellable { cancellation in
            try ArchiveListing(
                at: archive, service: service.choice(), environment: JobExecution.environment(),
                cancelledBy: cancellation)
        }
        var count = 0
        var pending = Data()
        func flush() throws {
            try Console.shared.data(bytes: Array(pending))
            pending.removeAll(keepingCapacity: true)
        }
        if report.json {
            pending.append(Data(#"{"archive":\#(try quoted(listing.path)),"entries":["#.utf8))
        }
        let misses: [RunSummary.Problem]
        do {
            misses = try listing.forEach(matching: globs(patterns)) { entry in
                if report.json {
                    pending.append(Data((count == 0 ? "\n" : ",\n").utf8))
                    pending.append(try Self.encoder.encode(EntryReport(entry)))
                } else if null {
                    pending.append(contentsOf: entry.path + [0])
                } else {
                    pending.append(
                        Data(((long ? Self.line(entry) : entry.displayPath) + "\n").utf8))
                }
                count += 1
                if pending.count > 1 << 16 { try flush() }
            }
        } catch {
            throw JobError(explaining: error)
        }
        if report.json {
            let left = try Self.encoder.encode(unfinished.map(UnfinishedReport.init))
            pending.append(Data("],\"unfinished\":".utf8) + left + Data("}\n".utf8))
        }
        try flush()
        guard count > 0 || patterns.isEmpty else {
            throw JobError(.missing, "no entry of \(listing.path) matches")
        }
        for miss in misses { Console.shared.warning("\(miss.path): \(miss.detail)") }
        return misses.isEmpty ? .done : .partial
    }

    private func quoted(_ text: String) throws -> String {
        String(decoding: try Self.encoder.encode(text), as: UTF8.self)
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    private static func line(_ entry: ListedEntry) -> String {
        let owner = entry.userName.isEmpty ? "\(entry.userID)" : entry.userName
        let group = entry.groupName.isEmpty ? "\(entry.groupID)" : entry.groupName
        var text = mode(entry)
        let owners = "\(owner)/\(group)"
        text += " " + owners + String(repeating: " ", count: max(0, 17 - owners.count))
        let size = entry.device.map { "\($0.major), \($0.minor)" } ?? "\(entry.size)"
        text += String(repeating: " ", count: max(1, 13 - size.count)) + size
        text += " " + Date(timeIntervalSince1970: Double(entry.modifiedSeconds)).formatted(.iso8601)
        text += " " + entry.displayPath
        if let target = entry.target {
            text += (entry.kind == "hardlink" ? " link to " : " -> ") + display(path: target)
        }
        return text
    }

    private static func mode(_ entry: ListedEntry) -> String {
        let types = [
            "file": "-", "directory": "d", "symlink": "l", "hardlink": "h", "fifo": "p",
            "character": "c", "block": "b",
        ]
        var text = types[entry.kind] ?? "?"
        for shift in [6, 3, 0] as [UInt32] {
            let bits = entry.mode >> shift
            text += (bits & 4 != 0 ? "r" : "-") + (bits & 2 != 0 ? "w" : "-")
            let special = entry.mode & (0o1000 << (shift / 3)) != 0
            let letter = shift == 0 ? "t" : "s"
            text +=
                special ? (bits & 1 != 0 ? letter : letter.uppercased()) : bits & 1 != 0 ? "x" : "-"
        }
        return text
    }
}

/// An unfinished archive as `--json` prints it.
private struct UnfinishedReport: Encodable {
    let name: String
    let files: Int
    let stored_bytes: Int

    init(_ archive: ArchiveListing.Unfinished) {
        name = archive.name
        files = archive.files
        stored_bytes = archive.storedBytes
    }
}

/// An entry as `--json` prints it.
private struct EntryReport: Encodable {
    let path: String
    /// Only where the path is not UTF-8.
    let path_base64: String?
    let type: String
    let mode: UInt32
    let uid: UInt32
    let gid: UInt32
    let user: String
    let group: String
    let size: Int
    let mtime: Int
    let mtime_nanoseconds: Int
    let target: String?
    /// Only where the target is not UTF-8.
    let target_base64: String?
    let device_major: UInt32?
    let device_minor: UInt32?

    init(_ entry: ListedEntry) {
        let text = String(validating: entry.path, as: UTF8.self)
        path = text ?? entry.displayPath
        path_base64 = text == nil ? Data(entry.path).base64EncodedString() : nil
        target = entry.target.map { String(validating: $0, as: UTF8.self) ?? display(path: $0) }
        target_base64 = entry.target.flatMap {
            String(validating: $0, as: UTF8.self) == nil ? Data($0).base64EncodedString() : nil
        }
        device_major = entry.device?.major
        device_minor = entry.device?.minor
        type = entry.kind
        mode = entry.mode
        uid = entry.userID
        gid = entry.groupID
        user = entry.userName
        group = entry.groupName
        size = entry.size
        mtime = entry.modifiedSeconds
        mtime_nanoseconds = entry.modifiedNanoseconds
    }
}
