private import Glibc

/// A hold on the directory of an archive: readers share one, and who would replace the archive by
/// another needs it alone. It dies with its last reference.
///
/// Source: flock(2).
final class ArchiveHold: Sendable {
    private let descriptor: Int32

    /// Nil where the directory cannot be opened or the file system cannot lock: then nobody is kept
    /// out, and a reader whose archive is replaced meets an error, never other bytes.
    init?(_ path: String) {
        while true {
            let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            // It waits only while an archive that has lost its name is removed.
            guard flock(descriptor, LOCK_SH) == 0 else {
                close(descriptor)
                return nil
            }
            if Self.isNamed(path, descriptor) {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
        }
    }

    deinit {
        // Closing is not enough: a child between fork and exec has the descriptor, too.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Lets nobody else in. Throws `locked` while somebody reads the archive.
    func makeExclusive(_ path: String) throws(StorageError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { return }
            throw .locked(path: path, holder: "a run that reads it")
        }
    }

    /// Lets readers in again.
    func share() { flock(descriptor, LOCK_SH) }

    /// Whether the path still leads to what was opened, or to nothing at all.
    private static func isNamed(_ path: String, _ descriptor: Int32) -> Bool {
        var opened = stat()
        var named = stat()
        guard unsafe fstat(descriptor, &opened) == 0, unsafe stat(path, &named) == 0 else {
            return true
        }
        return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino
    }
}
