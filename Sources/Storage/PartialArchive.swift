private import CLinux
private import Glibc
private import Synchronization
private import SystemIO

/// An archive being written: a directory that gets its final name when everything in it is durable.
///
/// Beside it may stand a journal: what a run that was killed needs to go on. If the archive is neither
/// committed nor kept, both disappear with its last reference.
package final class PartialArchive: Sendable {
    package let name: ArchiveName
    private let set: String
    private let directory: String
    private let journal: String
    /// Whether it was committed or discarded.
    private let isSettled = Atomic(false)
    private let isCommitted = Atomic(false)
    private let isKept: Atomic<Bool>

    init(set: String, name: ArchiveName) throws(StorageError) {
        // Before `self` is whole: else `deinit` would remove what has the name already.
        let directory = Self.directory(of: name, in: set)
        guard unsafe mkdir(directory, 0o700) == 0 else { throw .failed("mkdir", directory) }
        self.directory = directory
        journal = Self.journal(of: name, in: set)
        self.set = set
        self.name = name
        isKept = Atomic(false)
    }

    /// What a run left unfinished; it is kept.
    init(resuming name: ArchiveName, in set: String) throws(StorageError) {
        let directory = Self.directory(of: name, in: set)
        var status = stat()
        guard unsafe lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .missing(path: directory, reason: "is not a directory")
        }
        self.directory = directory
        journal = Self.journal(of: name, in: set)
        self.set = set
        self.name = name
        isKept = Atomic(true)
    }

    deinit { if !isKept.load(ordering: .acquiring) { discard() } }

    /// Removes what was written, unless it was committed. Nothing writes to it any more.
    package func discard() {
        if !isSettled.exchange(true, ordering: .acquiringAndReleasing) {
            try? removeDirectory(directory)
            try? removeDirectory(journal)
        }
    }

    /// Leaves what was written to a later run. Nothing writes to it any more.
    package func keep() { isKept.store(true, ordering: .releasing) }

    static func directory(of name: ArchiveName, in set: String) -> String {
        "\(set)/.\(name)\(partialSuffix)"
    }

    private static func journal(of name: ArchiveName, in set: String) -> String {
        "\(set)/.\(name)\(journalSuffix)"
    }

    private static let partialSuffix = ".partial"
    private static let journalSuffix = ".journal"

    /// The archive whose partial directory has a name; nil for other names.
    static func unfinished(_ name: String) -> ArchiveName? { archive(name, partialSuffix) }

    /// The archive whose journal has a name; nil for other names.
    static func journaled(_ name: String) -> ArchiveName? { archive(name, journalSuffix) }

    private static func archive(_ name: String, _ suffix: String) -> ArchiveName? {
        guard name.hasPrefix("."), name.hasSuffix(suffix) else { return nil }
        return ArchiveName(String(name.dropFirst().dropLast(suffix.count)))
    }

    // MARK: the journal

    /// A new file of the journal, under a temporary name until it is published.
    package func createJournal(_ name: String) throws(StorageError) -> NewFile {
        guard unsafe mkdir(journal, 0o700) == 0 || errno == EEXIST else {
            throw .failed("mkdir", journal)
        }
        return try NewFile(at: "\(journal)/\(name)")
    }

    package func openJournal(_ name: String) throws(StorageError) -> StoredFile {
        try StoredFile(path: "\(journal)/\(name)")
    }

    /// A file that was published before.
    package func open(_ name: String) throws(StorageError) -> StoredFile {
        try StoredFile(path: "\(directory)/\(name)")
    }

    /// Makes the names of what was published durable: of the archive first, for the journal speaks of it.
    package func sync() throws(StorageError) {
        try syncDirectory(directory)
        try syncDirectory(journal)
    }

    /// Makes the names of archive and journal themselves durable.
    package func syncSet() throws(StorageError) { try syncDirectory(set) }

    /// Removes all files but some, also from the journal.
    package func removeAll(but kept: Set<String>) throws(StorageError) {
        try removeFiles(in: journal, but: kept)
        try removeFiles(in: directory, but: kept)
    }

    // MARK: the archive

    /// A new file of the archive, under a temporary name until it is published.
    package func create(_ name: String) throws(StorageError) -> NewFile {
        try NewFile(at: "\(directory)/\(name)")
    }

    /// Whether the archive has its name, even if that may not outlast a loss of power.
    package var hasName: Bool { isCommitted.load(ordering: .acquiring) }

    /// Makes the archive visible, for good; returns its path. Every file has been published.
    package func commit() throws(StorageError) -> String {
        try syncDirectory(directory)
        let path = "\(set)/\(name)"
        try rename(to: path)
        isSettled.store(true, ordering: .releasing)
        isCommitted.store(true, ordering: .releasing)
        try syncDirectory(set)
        // The next run removes it where this one cannot.
        try? removeDirectory(journal)
        return path
    }

    /// Gives the directory its name, unless something has it.
    private func rename(to path: String) throws(StorageError) {
        if unsafe linux_rename_no_replace(AT_FDCWD, directory, AT_FDCWD, path) == 0 { return }
        // Not every file system can. There the lock keeps others of us out between the two calls.
        guard errno == EINVAL || errno == ENOSYS else { throw .failed("rename", path) }
        guard unsafe access(path, F_OK) != 0 else {
            throw .system(call: "rename", path: path, errno: EEXIST)
        }
        guard unsafe Glibc.rename(directory, path) == 0 else { throw .failed("rename", path) }
    }
}

/// A file of an archive while it is written. Pieces may be written side by side.
package final class NewFile: Sendable {
    package let path: String
    private let temporaryPath: String
    let descriptor: Int32

    init(at path: String) throws(StorageError) {
        self.path = path
        temporaryPath = path + Self.suffix
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let descriptor = unsafe open(temporaryPath, flags, 0o600)
        guard descriptor >= 0 else { throw .failed("create", path) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    private static let suffix = ".tmp"

    /// Whether a file of that name has not been published.
    static func isUnfinished(_ name: String) -> Bool { name.hasSuffix(suffix) }

    package func write(_ bytes: Span<UInt8>, at offset: Int) throws(StorageError) {
        try writeAll(bytes, to: descriptor, at: offset, path)
    }

    /// Asks the system to start writing a range to disk, so that `publish` has less to wait for.
    package func startWriteback(_ range: Range<Int>) {
        // Only a hint: what it cannot start, `publish` will.
        _ = linux_start_writeback(descriptor, Int64(range.lowerBound), Int64(range.count))
    }

    /// Makes what was written durable and gives the file its name.
    package func publish() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw .failed("fsync", path) }
        guard unsafe rename(temporaryPath, path) == 0 else { throw .failed("rename", path) }
    }
}

/// Writes bytes from `offset` on. `path` is what messages call the file.
func writeAll(
    _ bytes: Span<UInt8>, to descriptor: Int32, at offset: Int, _ path: String
) throws(StorageError) {
    let failed = Transfer.write(bytes, to: descriptor, at: offset)
    guard failed == 0 else { throw .system(call: "write", path: path, errno: failed) }
}
