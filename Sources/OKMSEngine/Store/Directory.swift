private import Glibc
private import SystemIO

/// A directory of the store's: made for its owner alone, synced, and locked while it is opened.
struct Directory {
    let path: String

    static func containing(_ path: String) -> Directory {
        guard let slash = path.lastIndex(of: "/") else { return Directory(path: ".") }
        return Directory(path: slash == path.startIndex ? "/" : String(path[..<slash]))
    }

    /// Whether a file of that name is there. Throws where one may not even look.
    func has(_ name: String) throws(StoreError) -> Bool {
        if unsafe access("\(path)/\(name)", F_OK) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else { throw cannotOpen() }
        return false
    }

    /// Makes the directory and the missing ones above it, each with mode 0700.
    func create() throws(StoreError) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        let parent = Self.containing(path)
        guard errno == ENOENT, parent.path != path else { throw cannotOpen() }
        try parent.create()
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw cannotOpen() }
    }

    /// Has the names of new files on disk.
    func sync() throws(StoreError) {
        let descriptor = try openDescriptor()
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw cannotOpen() }
    }

    /// Refuses a directory in which anyone could put a store of his own.
    func checkMode() throws(StoreError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw cannotOpen() }
        guard status.st_mode & 0o002 == 0 else { throw .exposedDirectory(path: path) }
    }

    /// Makes an empty file of mode 0600, or takes that mode to the one there is.
    ///
    /// A file that is there is never opened: closing it again would drop the locks that SQLite
    /// holds on it for another engine of this process (fcntl(2)).
    func createFile(_ name: String) throws(StoreError) {
        let file = "\(path)/\(name)"
        let descriptor = unsafe open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            giveToOwner(descriptor)
            close(descriptor)
            return
        }
        var status = stat()
        guard errno == EEXIST, unsafe stat(file, &status) == 0,
            unsafe status.st_mode & 0o077 == 0 || chmod(file, 0o600) == 0
        else { throw cannotOpen(name) }
    }

    /// What root makes in the store of a service must be the service's, as SQLite has it for its own
    /// files.
    func giveToOwner(_ descriptor: CInt) {
        var status = stat()
        guard geteuid() == 0, unsafe stat(path, &status) == 0 else { return }
        // It stays root's where that fails, which the service will say.
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }

    /// Keeps other processes from opening the same store at once.
    func lock(timeoutSeconds: Double) throws(StoreError) -> DirectoryLock {
        let descriptor = try openDescriptor()
        var attemptsLeft = Int(timeoutSeconds * 100)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                let error = cannotOpen()
                close(descriptor)
                throw error
            }
            guard attemptsLeft > 0 else {
                close(descriptor)
                throw .locked(path: path)
            }
            attemptsLeft -= 1
            usleep(10_000)
        }
        return DirectoryLock(descriptor: descriptor)
    }

    private func openDescriptor() throws(StoreError) -> CInt {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw cannotOpen() }
        return descriptor
    }

    private func cannotOpen(_ name: String? = nil) -> StoreError {
        let number = errno
        let (place, reason) = (name.map { "\(path)/\($0)" } ?? path, systemMessage(number))
        if isOutOfSpace(number) { return .full(path: place) }
        return mayPass(number)
            ? .failed(path: place, reason: reason) : .cannotOpen(path: place, reason: reason)
    }
}

/// A lock on a directory. Dies with the value, at the latest with the process.
/// Source: flock(2).
struct DirectoryLock: ~Copyable {
    fileprivate let descriptor: CInt

    deinit { close(descriptor) }

    /// Marks the point up to which the lock is held.
    consuming func release() {}
}

/// Whether an error of the system is about disk or process at the moment, rather than about the path.
func mayPass(_ number: CInt) -> Bool {
    [EIO, ESTALE, ETIMEDOUT, EMFILE, ENFILE, ENOMEM].contains(number)
}
