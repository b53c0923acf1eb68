private import Glibc

/// A directory that holds one job's archives, a sub-directory each.
///
/// | name | what |
/// |---|---|
/// | `20260102T030405.678Z/` | an archive, whole: it got this name after everything else |
/// | `.20260102T030405.678Z.partial/` | an archive being written, or what a run left unfinished |
/// | `.20260102T030405.678Z.journal/` | what the next run needs to go on with it |
/// | `.20260102T030405.678Z.rewrap/` | an archive that takes the other's place, or what that left |
/// | `.20260102T030405.678Z.replaced/` | the archive whose place is taken, where names cannot be exchanged |
/// | `.lock` | held, by flock(2), while a run writes; says who |
package struct ArchiveSet: Sendable {
    package let path: String

    /// The set at a path, which is made if there is nothing.
    ///
    /// Throws `notAnArchiveSet` where there is something else: a file, or a directory with other
    /// things and no archive in it.
    package init(makingAt path: String) throws(StorageError) {
        try makeDirectories(path)
        try self.init(at: path)
    }

    /// The set at a path, as it is.
    package init(at path: String) throws(StorageError) {
        self.path = path
        let names: [FileName]
        do { names = try listDirectory(path) } catch {
            guard case .system(_, _, ENOTDIR) = error else { throw error }
            throw .notAnArchiveSet(path: path, reason: "it is not a directory")
        }
        let strangers = names.filter { !($0.text.map(Self.isStrayButHarmless) ?? false) }
        if let stranger = strangers.min(),
            !strangers.contains(where: { $0.text.flatMap(ArchiveName.init) != nil })
        {
            throw .notAnArchiveSet(path: path, reason: "it holds '\(stranger)' and no archive")
        }
    }

    /// Throws as `init(makingAt:)` would, without making anything.
    package static func check(_ path: String) throws(StorageError) {
        do { _ = try ArchiveSet(at: path) } catch {
            if case .system(_, _, ENOENT) = error { return }
            throw error
        }
    }

    /// The archives, oldest first.
    package func archives() throws(StorageError) -> [ArchiveName] {
        try listNames(path).compactMap(ArchiveName.init).sorted()
    }

    package func path(of archive: ArchiveName) -> String { "\(path)/\(archive)" }

    /// Keeps every other run out until the lock, or the process, dies.
    package func lock() throws(StorageError) -> SetLock {
        try SetLock(path: "\(path)/\(Self.lockName)", set: path)
    }

    /// Starts an archive. The caller holds the lock.
    package func begin(_ name: ArchiveName) throws(StorageError) -> PartialArchive {
        try PartialArchive(set: path, name: name)
    }

    /// What runs left unfinished, oldest first.
    package func unfinished() throws(StorageError) -> [ArchiveName] {
        try listNames(path).compactMap(PartialArchive.unfinished).sorted()
    }

    /// Takes up an unfinished archive. The caller holds the lock.
    package func resume(_ name: ArchiveName) throws(StorageError) -> PartialArchive {
        try PartialArchive(resuming: name, in: path)
    }

    /// Removes what runs left unfinished, but for one archive; returns how many. The caller holds the
    /// lock.
    package func removeUnfinished(but kept: ArchiveName? = nil) throws(StorageError) -> Int {
        var removed = 0
        for name in try listNames(path) {
            if let journaled = PartialArchive.journaled(name), journaled != kept {
                try removeDirectory("\(path)/\(name)")
            }
            if let unfinished = PartialArchive.unfinished(name), unfinished != kept {
                try removeDirectory("\(path)/\(name)")
                removed += 1
            }
        }
        return removed
    }

    /// Removes the set where nothing is in it but its lock, which the caller holds.
    package func removeIfEmpty() throws(StorageError) {
        guard try listDirectory(path).allSatisfy({ $0.text == Self.lockName }) else { return }
        try removeDirectory(path)
    }

    /// Puts right what killed rewraps left; returns of how many. The caller holds the lock.
    package func recoverReplaced() throws(StorageError) -> Int {
        var recovered = 0
        for name in Set(try listNames(path).compactMap(ArchivePlace.archive)) {
            let place = ArchivePlace(parent: path, name: name)
            if try place.recover() { recovered += 1 }
        }
        return recovered
    }

    static let lockName = ".lock"

    private static func isStrayButHarmless(_ name: String) -> Bool {
        PartialArchive.unfinished(name) != nil || PartialArchive.journaled(name) != nil
            || ArchivePlace.archive(name) != nil || name == lockName
            || name == "lost+found"
    }
}

/// Makes a directory and those above it, where they are not there, and makes their names durable.
package func makeDirectories(_ path: String) throws(StorageError) {
    // Bytes, not characters: a combining mark behind a slash would hide it.
    var components = path.utf8.split(separator: UInt8(ascii: "/")).map { String($0) ?? "" }
    let start = path.utf8.first == UInt8(ascii: "/") ? "/" : ""
    var missing: [String] = []
    while !components.isEmpty {
        let directory = start + components.joined(separator: "/")
        if unsafe mkdir(directory, 0o777) == 0 {
            try syncDirectory(parentDirectory(of: directory))
            break
        }
        if errno == EEXIST { break }
        guard errno == ENOENT, components.count > 1 else { throw .failed("mkdir", path) }
        missing.append(directory)
        components.removeLast()
    }
    for directory in missing.reversed() {
        guard unsafe mkdir(directory, 0o777) == 0 || errno == EEXIST else {
            throw .failed("mkdir", path)
        }
        try syncDirectory(parentDirectory(of: directory))
    }
}

package func parentDirectory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The names in a directory but `.` and `..`.
func listDirectory(_ path: String) throws(StorageError) -> [FileName] {
    guard let stream = unsafe opendir(path) else { throw .failed("open", path) }
    defer { unsafe closedir(stream) }
    var names: [FileName] = []
    while true {
        errno = 0
        guard let item = unsafe readdir(stream) else { break }
        let name = unsafe withUnsafePointer(to: &item.pointee.d_name) {
            unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                unsafe FileName(cString: $0)
            }
        }
        if name != FileName(".") && name != FileName("..") { names.append(name) }
    }
    guard errno == 0 else { throw .failed("list", path) }
    return names
}

/// The names in a directory that are UTF-8, as all are that anything here gives.
func listNames(_ path: String) throws(StorageError) -> [String] {
    try listDirectory(path).compactMap(\.text)
}

/// Removes a directory and the files in it; archives have no sub-directories.
///
/// A link in its place is not followed: whoever may write to the set must not choose what we remove.
func removeDirectory(_ path: String) throws(StorageError) {
    try removeFiles(in: path)
    guard unsafe rmdir(path) == 0 else { throw .failed("remove", path) }
}

/// Removes the files in a directory but some. A link in its place is not followed.
func removeFiles(in path: String, but kept: Set<String> = []) throws(StorageError) {
    let directory = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard directory >= 0 else { throw .failed("open", path) }
    defer { close(directory) }
    let kept = Set(kept.map(FileName.init))
    for name in try listDirectory("/proc/self/fd/\(directory)") where !kept.contains(name) {
        guard unsafe name.withCString({ unsafe unlinkat(directory, $0, 0) }) == 0 else {
            throw .failed("remove", "\(path)/\(name)")
        }
    }
}

/// Makes the names in a directory durable. Source: fsync(2).
func syncDirectory(_ path: String) throws(StorageError) {
    let directory = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .failed("open", path) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw .failed("fsync", path) }
}

/// Whether a directory holds nothing.
package func directoryIsEmpty(_ path: String) throws(StorageError) -> Bool {
    try listDirectory(path).isEmpty
}
