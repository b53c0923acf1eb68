private import CLinux
private import Glibc
private import Synchronization

/// An archive written beside another, to take its place in one step.
///
/// Until `takePlace` the old archive is untouched, after it the new one has the name: there is no
/// moment at which the name leads to half of either. If it does not come to that, it disappears with
/// its last reference.
package final class ReplacementArchive: Sendable {
    package let place: ArchivePlace
    /// Where the new archive is as long as it has not taken the other's place.
    package var path: String { place.shadow }
    private let isSettled = Atomic(false)

    init(of place: ArchivePlace) throws(StorageError) {
        // Before `self` is whole: else `deinit` would remove what has the name already.
        guard unsafe mkdir(place.shadow, 0o700) == 0 else { throw .failed("mkdir", place.shadow) }
        self.place = place
    }

    deinit { discard() }

    /// Removes what was written, unless it has taken its place. Nothing writes to it any more.
    package func discard() {
        if !isSettled.exchange(true, ordering: .acquiringAndReleasing) {
            try? removeDirectory(path)
        }
    }

    /// A new file of the archive, under a temporary name until it is published.
    package func create(_ name: String) throws(StorageError) -> NewFile {
        try NewFile(at: "\(path)/\(name)")
    }

    /// Makes the names in it durable, and lets those look into it who may look into the old one.
    package func complete() throws(StorageError) {
        let directories = (
            unsafe open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
            unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        )
        defer {
            close(directories.0)
            close(directories.1)
        }
        guard directories.0 >= 0 else { throw .failed("open", place.path) }
        guard directories.1 >= 0 else { throw .failed("open", path) }
        adoptOwner(of: directories.0, by: directories.1)
        guard fsync(directories.1) == 0 else { throw .failed("fsync", path) }
    }

    /// Gives the new archive the name and takes it from the old one, which `old` holds open, for good.
    /// Returns the path of the old archive, which is yet to be removed.
    ///
    /// Throws `locked` while somebody reads the old archive. Source: renameat2(2), `RENAME_EXCHANGE`.
    package func takePlace(of old: StoredArchive) throws(StorageError) -> ReplacedArchive {
        try old.hold?.makeExclusive(place.path)
        let remains: String
        do { remains = try exchange() } catch {
            old.hold?.share()
            throw error
        }
        isSettled.store(true, ordering: .releasing)
        try syncDirectory(place.parent)
        return ReplacedArchive(path: remains, parent: place.parent)
    }

    private func exchange() throws(StorageError) -> String {
        if unsafe linux_rename_exchange(AT_FDCWD, path, AT_FDCWD, place.path) == 0 { return path }
        guard errno == EINVAL || errno == ENOSYS else { throw .failed("rename", place.path) }
        return try exchangeInTwoSteps()
    }

    /// For file systems that cannot exchange names. A kill between the two steps leaves both archives,
    /// whole and without the name; `ArchivePlace.recover` gives it back to the old one.
    func exchangeInTwoSteps() throws(StorageError) -> String {
        guard unsafe rename(place.path, place.replaced) == 0 else {
            throw .failed("rename", place.path)
        }
        guard unsafe rename(path, place.path) == 0 else {
            let failure = StorageError.failed("rename", path)
            unsafe rename(place.replaced, place.path)
            throw failure
        }
        return place.replaced
    }
}

/// An archive that has lost its name to another.
package struct ReplacedArchive: Sendable {
    package let path: String
    let parent: String

    package func remove() throws(StorageError) {
        try removeDirectory(path)
        try syncDirectory(parent)
    }
}

/// Gives a file the owner, group and mode of another; the mode only together with the group, which
/// else would be a wrong one.
func adoptOwner(of file: Int32, by other: Int32) {
    var status = stat()
    guard unsafe fstat(file, &status) == 0,
        fchown(other, status.st_uid, status.st_gid) == 0
            || fchown(other, uid_t.max, status.st_gid) == 0
    else { return }
    fchmod(other, status.st_mode & 0o7777)
}
