private import Glibc
private import Locking

/// A file that is complete under its temporary name.
package struct FinishedFile: Sendable {
    /// Where it belongs.
    let path: [UInt8]
    let number: Int
    let byteCount: Int
    let device: UInt
    let inode: UInt
    /// Whether it has all its bytes and all its metadata.
    let isFlawless: Bool
}

/// Gives finished files their names, many at once, when all their bytes are on the disk.
///
/// So a name means a whole file, even where the power failed a moment later, and one sync serves
/// thousands of files. What the journal then says of a file tells it from one that was changed since.
package final class FileNaming: Sendable {
    /// A kill costs the work of so many files, or bytes, at most twice.
    private static let fileLimit = 8192
    private static let byteLimit = 512 << 20
    /// So many are noted at once.
    private static let recordLimit = 128

    private struct Waiting {
        var files: [FinishedFile] = []
        var byteCount = 0
        var namedCount = 0
    }

    private let waiting = Monitor(Waiting())
    private let root: FileDescriptor
    private let path: String
    private let rules: RestoreRules
    private let journal: RestoreJournal?

    /// `path` is the root's, for messages.
    package init(
        root: FileDescriptor, path: String, rules: RestoreRules, journal: RestoreJournal?
    ) {
        self.root = root
        self.path = path
        self.rules = rules
        self.journal = journal
    }

    package func add(_ file: FinishedFile) {
        waiting.update { waiting in
            waiting.files.append(file)
            waiting.byteCount += file.byteCount
        }
    }

    /// Whether so much waits that it should be named.
    package var isDue: Bool {
        waiting.read { $0.files.count >= Self.fileLimit || $0.byteCount >= Self.byteLimit }
    }

    /// How many files have got their names.
    package var namedCount: Int { waiting.read { $0.namedCount } }

    /// Names all that waits. One thread at a time. What could not be named still waits.
    package func nameAll() throws(ArchiveError) {
        let unsorted = waiting.update { waiting in
            defer { (waiting.files, waiting.byteCount) = ([], 0) }
            return waiting.files
        }
        // In the archive's order: files of one directory are named in one visit, noted in one write.
        let files = unsorted.sorted { $0.number < $1.number }
        guard !files.isEmpty else { return }
        var named: [(number: Int, identity: FileIdentity)] = []
        var done = 0
        do throws(ArchiveError) {
            // With the sync this becomes durable before the name does.
            for file in files where !file.isFlawless {
                try journal?.noteFlawed(file.number, inode: file.inode)
            }
            let cursor = DirectoryCursor(root: root, path: path)
            try sync(files, cursor)
            for file in files {
                if let identity = try name(file, cursor) { named.append((file.number, identity)) }
                done += 1
                if named.count == Self.recordLimit || done == files.count {
                    try journal?.noteWhole(named)
                    named = []
                }
            }
        } catch {
            waiting.update { waiting in
                waiting.files = files.dropFirst(done) + waiting.files
                waiting.namedCount += done
            }
            // What is not noted is compared.
            try? journal?.noteWhole(named)
            throw error
        }
        waiting.update { $0.namedCount += done }
    }

    /// Removes what waits for its name.
    package func discard() {
        let cursor = DirectoryCursor(root: root, path: path)
        for file in waiting.read({ $0.files }) {
            let parent = try? cursor.parent(of: EntryPath(file.path), creating: false)
            parent?.removeChild(rules.temporaryName(file.number))
        }
    }

    /// Syncs every file system that the files lie on, and the journal's.
    private func sync(_ files: [FinishedFile], _ cursor: DirectoryCursor) throws(ArchiveError) {
        try root.syncFileSystem(path)
        var status = stat()
        guard unsafe fstat(root.number, &status) == 0 else {
            throw .system(call: "stat", path: path, errno: errno)
        }
        var synced: Set = [UInt(status.st_dev)]
        for file in files where synced.insert(file.device).inserted {
            try cursor.parent(of: EntryPath(file.path), creating: false).syncFileSystem(path)
        }
    }

    /// Returns what tells the file from one that is changed later, if it is worth knowing.
    private func name(
        _ file: FinishedFile, _ cursor: DirectoryCursor
    ) throws(ArchiveError) -> FileIdentity? {
        let path = try EntryPath(file.path)
        let parent = try cursor.parent(of: path, creating: false)
        let name = path.name
        var place: String { "\(self.path)/\(display(path: file.path))" }
        try rules.rename(rules.temporaryName(file.number), to: name, in: parent, path: place)
        guard journal != nil, file.isFlawless else { return nil }
        guard let status = parent.status(ofChild: name) else {
            throw .system(call: "stat", path: place, errno: errno)
        }
        return FileIdentity(status)
    }
}
