import Archive
import OKMS
import Storage

/// The entries of an archive, from its catalog.
package final class ArchiveListing: Sendable {
    private let archive: OpenArchive

    /// Opens the archive at a path, or the newest one of a set.
    package init(
        at path: String, service: KeyChoice.Service = .embedded, environment: RunEnvironment,
        cancelledBy cancellation: Cancellation = Cancellation()
    ) throws(JobError) {
        do {
            archive = try OpenArchive(
                StoredArchive(at: path),
                service: environment.keyService(
                    service, making: false, cancelledBy: cancellation),
                expecting: .empty)
        } catch {
            throw JobError(explaining: error)
        }
    }

    /// What runs of a set have left unfinished, in words; empty where a path is no set.
    package static func unfinished(at path: String) -> [Unfinished] {
        let archives = (try? ArchiveSet.unfinishedArchives(at: path)) ?? []
        return archives.map {
            Unfinished(name: $0.name.description, files: $0.files, storedBytes: $0.byteCount)
        }
    }

    /// An archive that a run has left unfinished, or is writing just now.
    package struct Unfinished: Sendable {
        package let name: String
        /// Its finished files: parts, in the end the catalog.
        package let files: Int
        package let storedBytes: Int
    }

    package var path: String { archive.stored.path }
    package var archiveID: String { archive.manifest.archive }
    package var job: String { archive.manifest.job }
    package var created: String { archive.manifest.created }
    package var keys: [String] { archive.manifest.keys.map(\.arn) }
    package var context: String { "\(archive.context)" }

    /// Calls `body` for each entry that a pattern matches, in path order. Returns the patterns that
    /// nothing matches.
    package func forEach(
        matching patterns: [Glob], _ body: (ListedEntry) throws -> Void
    ) throws -> [RunSummary.Problem] {
        let selection = Selection(patterns)
        let catalog = try archive.readCatalog()
        while let record = try catalog.record() {
            if case .entry(let item) = record, selection.includes(item.entry) {
                try body(ListedEntry(item.entry))
            }
        }
        return selection.misses
    }
}

/// What a listing tells of an entry.
package struct ListedEntry: Sendable {
    package let path: [UInt8]
    package let displayPath: String
    /// `file`, `directory`, `symlink`, `hardlink`, `fifo`, `character` or `block`.
    package let kind: String
    package let mode: UInt32
    package let userID: UInt32
    package let groupID: UInt32
    package let userName: String
    package let groupName: String
    package let size: Int
    package let modifiedSeconds: Int
    package let modifiedNanoseconds: Int
    package let target: [UInt8]?
    /// Of a character or block device.
    package let device: (major: UInt32, minor: UInt32)?

    init(_ entry: Entry) {
        path = entry.path
        displayPath = entry.displayPath
        kind = entry.kind.name
        mode = entry.mode
        userID = entry.userID
        groupID = entry.groupID
        userName = String(decoding: entry.userName, as: UTF8.self)
        groupName = String(decoding: entry.groupName, as: UTF8.self)
        size = entry.size
        modifiedSeconds = entry.modified.seconds
        modifiedNanoseconds = entry.modified.nanoseconds
        switch entry.kind {
        case .symbolicLink(let target), .hardLink(let target): self.target = target
        default: target = nil
        }
        switch entry.kind {
        case .characterDevice(let device), .blockDevice(let device):
            self.device = (device.major, device.minor)
        default: device = nil
        }
    }
}
