private import Glibc

/// The right to write to an archive set, or to a directory being restored. It dies with its holder.
/// Source: flock(2).
package final class SetLock: Sendable {
    private let descriptor: Int32
    /// Of the set itself, as the file may be removed while it is locked; -1 where directories cannot be locked.
    private let directory: Int32

    /// Locks a file, which is made if there is none, and writes into it who holds it.
    init(path: String, set: String) throws(StorageError) {
        // What lies there may be another's: a link would have us write into what it points to.
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let descriptor = unsafe open(path, flags, 0o644)
        guard descriptor >= 0 else { throw .failed("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            defer { close(descriptor) }
            guard number == EWOULDBLOCK else {
                throw .system(call: "lock", path: path, errno: number)
            }
            throw .locked(path: set, holder: Self.holder(descriptor))
        }
        let directory = unsafe open(set, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0, flock(directory, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(directory)
            close(descriptor)
            throw .locked(path: set, holder: "a process whose lock was removed")
        }
        self.descriptor = descriptor
        self.directory = directory
        var host = [UInt8](repeating: 0, count: 256)
        let named = unsafe host.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { buffer in
                guard let start = buffer.baseAddress else { return false }
                return unsafe gethostname(start, buffer.count) == 0
            }
        }
        let name = named ? String(decoding: host.prefix { $0 != 0 }, as: UTF8.self) : "this host"
        let text = Array("process \(getpid()) on \(name)\n".utf8)
        ftruncate(descriptor, 0)
        _ = unsafe pwrite(descriptor, text, text.count, 0)
    }

    /// Locks a directory itself, without leaving anything in it.
    package init(directory path: String) throws(StorageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            guard number == EWOULDBLOCK else {
                throw .system(call: "lock", path: path, errno: number)
            }
            throw .locked(path: path, holder: "another process")
        }
        self.descriptor = descriptor
        directory = -1
    }

    deinit {
        // Closing is not enough: a child between fork and exec has the descriptors, too.
        for held in [directory, descriptor] where held >= 0 {
            flock(held, LOCK_UN)
            close(held)
        }
    }

    private static func holder(_ descriptor: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 300)
        let count = unsafe pread(descriptor, &text, text.count, 0)
        guard count > 0 else { return "another process" }
        return String(decoding: text.prefix(count).prefix { $0 != 0x0a }, as: UTF8.self)
    }
}
