private import Glibc
private import SystemIO

/// What can go wrong in this target.
package enum ArchiveError: Error, Equatable {
    /// A system call failed on a path; the number is `errno`.
    case system(call: String, path: String, errno: Int32)
    /// libarchive or libzstd refused to do its work.
    case library(String, path: String)
    /// A manifest, a catalog or a chunk does not hold what it must.
    case damaged(what: String, reason: String)
    /// A restored entry would replace what is there.
    case exists(path: String)
    /// Where an entry belongs that is no directory is one.
    case isDirectory(path: String)
    /// Where an interrupted restore goes on lies what it did not make, or what was changed since.
    case changed(path: String)
    /// An entry's path would leave the directory it is restored to.
    case unsafePath(String)
}

extension ArchiveError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .system(let call, let path, let number):
            "\(path): \(call): \(systemMessage(number))"
        case .library(let message, let path): "\(path): \(message)"
        case .damaged(let what, let reason): "\(what): \(reason)"
        case .exists(let path): "\(path) exists already"
        case .isDirectory(let path): "\(path) is a directory, in the archive it is none"
        case .changed(let path):
            "\(path) exists already, and is not as an interrupted restore left it"
        case .unsafePath(let path): "'\(path)' leads out of the directory"
        }
    }
}

extension ArchiveError {
    /// Why a file system does not take one entry while it may take others: it is too large there, or
    /// there is no such name or kind of file. Nil for all other errors.
    package var refusalOfOneEntry: String? {
        guard case .system(let call, _, let number) = self,
            [EFBIG, ENAMETOOLONG, EILSEQ, EINVAL, EPERM, EOPNOTSUPP, EMLINK].contains(number)
        else { return nil }
        return "\(call): \(systemMessage(number))"
    }
}
