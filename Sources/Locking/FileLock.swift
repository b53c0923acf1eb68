private import Glibc

/// A file that one holder at a time has, in whatever process. The lock dies with its holder; the
/// file stays.
/// Source: flock(2).
package final class FileLock: Sendable {
    package enum Failure: Error, Equatable {
        /// Somebody else holds it.
        case isHeld
        case system(errno: Int32)
    }

    private let descriptor: Int32

    /// Makes the file for its owner alone if it is not there, and locks it without waiting. `adopt`
    /// is lent the descriptor of one that was made.
    package init(
        path: String, adopt: (_ descriptor: Int32) -> Void = { _ in }
    ) throws(Failure) {
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        var descriptor = unsafe open(path, flags)
        if descriptor < 0, errno == ENOENT {
            descriptor = unsafe open(path, flags | O_CREAT, 0o600)
            if descriptor >= 0 { adopt(descriptor) }
        }
        guard descriptor >= 0 else { throw .system(errno: errno) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            if number == EINTR { continue }
            close(descriptor)
            throw number == EWOULDBLOCK ? .isHeld : .system(errno: number)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
