private import Glibc

/// An archive as it lies in its directory.
package struct StoredArchive: Sendable {
    package static let manifestName = "manifest.json"
    package let path: String

    /// The archive at a path: itself, or the newest one of a set.
    ///
    /// Throws `missing` where there is neither.
    package init(at path: String) throws(StorageError) {
        if unsafe access("\(path)/\(Self.manifestName)", F_OK) == 0 {
            self.path = path
            return
        }
        let names: [String]
        do { names = try listDirectory(path) } catch {
            guard case .system(_, _, let number) = error, [ENOENT, ENOTDIR].contains(number) else {
                throw error
            }
            throw .missing(path: path, reason: "there is no archive or archive set")
        }
        guard let newest = names.compactMap(ArchiveName.init).max() else {
            let last = path.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) }
            // A directory named like an archive but without manifest is a damaged archive, and an
            // archive that somebody copied elsewhere still has its parts.
            if last.flatMap(ArchiveName.init) != nil
                || names.contains(where: { $0.hasSuffix(".esdk") })
            {
                self.path = path
                return
            }
            throw .missing(path: path, reason: "there is no archive in it")
        }
        self.path = "\(path)/\(newest)"
    }

    package func names() throws(StorageError) -> [String] { try listDirectory(path).sorted() }

    package func open(_ name: String) throws(StorageError) -> StoredFile {
        try StoredFile(path: "\(path)/\(name)")
    }
}

/// A file of an archive. Several threads may read it at once.
package final class StoredFile: Sendable {
    package let path: String
    package let byteCount: Int
    private let descriptor: Int32

    init(path: String) throws(StorageError) {
        self.path = path
        // Without O_NONBLOCK a FIFO in a file's place would block us for ever.
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .failed("open", path) }
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
        let count = bytes.count
        let (done, failed) = unsafe bytes.withUnsafeMutableBytes { bytes -> (Int, Int32) in
            var done = 0
            while done < count {
                guard let start = bytes.baseAddress else { break }
                let got = unsafe pread(
                    descriptor, start + done, count - done, off_t(offset + done))
                if got > 0 {
                    done += got
                } else if got == 0 {
                    break
                } else if errno != EINTR {
                    return (done, errno)
                }
            }
            return (done, 0)
        }
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
