private import Glibc
private import SystemIO

/// An archive as it lies in its directory.
package struct StoredArchive: Sendable {
    package static let manifestName = "manifest.json"
    /// What is noted of the run beside the archive; not a part of it.
    package static let summaryName = "summary.json"
    /// So many names of a directory without archives are looked at for advice.
    private static let neighbourLimit = 100
    package let path: String
    /// Keeps the archive from being replaced while it is read; nil where the system cannot lock.
    let hold: ArchiveHold?

    /// The archive at a path: itself, or the newest one of a set.
    ///
    /// Throws `missing` where there is neither.
    package init(at path: String) throws(StorageError) {
        self.path = try Self.find(path)
        hold = ArchiveHold(self.path)
    }

    private static func find(_ path: String) throws(StorageError) -> String {
        if Self.isArchive(path) { return path }
        let names: [String]
        do { names = try listNames(path) } catch {
            guard case .system(_, _, let number) = error, [ENOENT, ENOTDIR].contains(number) else {
                throw error
            }
            throw .missing(path: path, reason: "there is no archive or archive set")
        }
        let nameless = names.filter { $0.hasSuffix(".replaced") }
            .compactMap(ArchivePlace.archive).first { !names.contains($0) }
        if let nameless {
            throw .missing(
                path: "\(path)/\(nameless)",
                reason:
                    "it lost its name to an interrupted rewrap; the next rewrap or run of its set "
                    + "gives it back")
        }
        guard let newest = names.compactMap(ArchiveName.init).max() else {
            let last = path.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) }
            // A directory named like an archive but without manifest is a damaged archive, and an
            // archive that somebody copied elsewhere still has its parts.
            if last.flatMap(ArchiveName.init) != nil
                || names.contains(where: { $0.hasSuffix(".esdk") })
            {
                return path
            }
            let sets = names.prefix(Self.neighbourLimit).filter {
                (try? archives(in: "\(path)/\($0)"))?.isEmpty == false
            }
            let reason =
                "there is no archive in it"
                + (sets.isEmpty
                    ? ""
                    : "; name one of the sets in it, such as \(sets.sorted().prefix(3).joined(separator: ", "))")
            throw .missing(path: path, reason: reason)
        }
        return "\(path)/\(newest)"
    }

    /// Whether there is an archive at a path, rather than a set or nothing.
    package static func isArchive(_ path: String) -> Bool {
        unsafe access("\(path)/\(manifestName)", F_OK) == 0
    }

    /// The names of the archives of a set, the oldest first.
    package static func archives(in set: String) throws(StorageError) -> [String] {
        try listNames(set).compactMap(ArchiveName.init).sorted().map(\.description)
    }

    /// Throws `locked` while somebody else reads the archive.
    package func checkIsIdle() throws(StorageError) {
        try hold?.makeExclusive(path)
        hold?.share()
    }

    package func names() throws(StorageError) -> [FileName] { try listDirectory(path).sorted() }

    package func open(_ name: String) throws(StorageError) -> StoredFile {
        try StoredFile(path: "\(path)/\(name)")
    }
}

/// A file of an archive. Several threads may read it at once.
package final class StoredFile: Sendable {
    package let path: String
    package let byteCount: Int
    let descriptor: Int32

    package convenience init(path: String) throws(StorageError) {
        // Without O_NONBLOCK a FIFO in a file's place would block us for ever.
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .failed("open", path) }
        try self.init(adopting: descriptor, path: path)
    }

    /// Takes over an open file; closes it also where this fails.
    init(adopting descriptor: Int32, path: String) throws(StorageError) {
        self.path = path
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let number = errno
            close(descriptor)
            throw .system(call: "stat", path: path, errno: number)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .missing(path: path, reason: "is not a file")
        }
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads from `offset` on until `bytes` is full or the file ends; returns how many bytes.
    package func read(
        at offset: Int, into bytes: inout MutableSpan<UInt8>
    ) throws(StorageError) -> Int {
        let (done, failed) = Transfer.read(descriptor, at: offset, into: &bytes)
        guard failed == 0 else { throw .system(call: "read", path: path, errno: failed) }
        return done
    }

    /// The whole file, if it has at most `limit` bytes; nil if it has more.
    package func readAll(limit: Int) throws(StorageError) -> [UInt8]? {
        guard byteCount <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var span = bytes.mutableSpan
        let count = try read(at: 0, into: &span)
        return Array(bytes.prefix(count))
    }
}
