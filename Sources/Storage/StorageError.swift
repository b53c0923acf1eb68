private import Glibc
private import SystemIO

/// What can go wrong where archives lie.
package enum StorageError: Error, Equatable {
    /// A system call failed; the number is `errno`.
    case system(call: String, path: String, errno: Int32)
    /// There is no archive at the path, or none in the set.
    case missing(path: String, reason: String)
    /// A directory holds something else than archives of ours.
    case notAnArchiveSet(path: String, reason: String)
    /// Another process writes to the set; `holder` says which, as far as it is known.
    case locked(path: String, holder: String)

    static func failed(_ call: String, _ path: String) -> StorageError {
        .system(call: call, path: path, errno: errno)
    }
}

extension StorageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .system(let call, let path, let number):
            "\(path): \(call): \(systemMessage(number))"
        case .missing(let path, let reason): "\(path): \(reason)"
        case .notAnArchiveSet(let path, let reason): "\(path) is not an archive set: \(reason)"
        case .locked(let path, let holder): "\(path) is in use by \(holder)"
        }
    }
}
