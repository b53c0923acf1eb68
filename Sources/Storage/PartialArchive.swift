private import CLinux
private import Glibc
private import Synchronization

/// An archive being written: a directory that gets its final name when everything in it is durable.
///
/// If it is not committed it disappears with its last reference.
package final class PartialArchive: Sendable {
    package let name: ArchiveName
    private let set: String
    private let directory: String
    private let isSettled = Atomic(false)

    init(set: String, name: ArchiveName) throws(StorageError) {
        // Before `self` is whole: else `deinit` would remove what has the name already.
        let directory = "\(set)/.\(name).partial"
        guard unsafe mkdir(directory, 0o700) == 0 else { throw .failed("mkdir", directory) }
        self.directory = directory
        self.set = set
        self.name = name
    }

    deinit { discard() }

    /// Removes what was written, unless it was committed. Nothing writes to it any more.
    package func discard() {
        if !isSettled.exchange(true, ordering: .acquiringAndReleasing) {
            try? removeDirectory(directory)
        }
    }

    static func isPartial(_ name: String) -> Bool {
        name.hasPrefix(".") && name.hasSuffix(".partial")
            && ArchiveName(String(name.dropFirst().dropLast(".partial".count))) != nil
    }

    /// A new file of the archive, under a temporary name until it is published.
    package func create(_ name: String) throws(StorageError) -> NewFile {
        try NewFile(at: "\(directory)/\(name)")
    }

    /// Makes the archive visible, for good; returns its path. Every file has been published.
    package func commit() throws(StorageError) -> String {
        try syncDirectory(directory)
        let path = "\(set)/\(name)"
        try rename(to: path)
        isSettled.store(true, ordering: .releasing)
        try syncDirectory(set)
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
        temporaryPath = path + ".tmp"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let descriptor = unsafe open(temporaryPath, flags, 0o600)
        guard descriptor >= 0 else { throw .failed("create", path) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    package func write(_ bytes: Span<UInt8>, at offset: Int) throws(StorageError) {
        let failed = unsafe bytes.withUnsafeBytes { bytes -> Int32 in
            var done = 0
            while done < bytes.count {
                let put = unsafe pwrite(
                    descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done,
                    off_t(offset + done))
                if put > 0 {
                    done += put
                } else if put == 0 {
                    return ENOSPC
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
        guard failed == 0 else { throw .system(call: "write", path: path, errno: failed) }
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
