private import CLinux
private import Glibc
private import SystemIO

/// Walks directory trees in path order and hands out each entry with its content.
///
/// Path order is the order of bytes, component by component, a directory before what it holds. Small
/// files are read at once; of larger ones only the open file is handed on. Nothing that changes
/// during the walk stops it: what cannot be read is reported and left out.
package final class SourceWalker {
    /// A file or directory to pack, and the name it gets inside the archive.
    package struct Root: Sendable, Equatable {
        package let path: String
        package let name: [UInt8]

        package init(path: String, name: [UInt8]) {
            self.path = path
            self.name = name
        }
    }

    package struct Options: Sendable {
        /// Whether to leave out an entry, and a directory with all that it holds.
        package var excludes: @Sendable (_ path: [UInt8], _ isDirectory: Bool) -> Bool
        package var staysOnOneFileSystem: Bool
        /// False to walk without reading: the content of files is not handed out.
        package var readsContent: Bool

        package init(
            excludes: @escaping @Sendable (_ path: [UInt8], _ isDirectory: Bool) -> Bool = { _, _ in
                false
            },
            staysOnOneFileSystem: Bool = false, readsContent: Bool = true
        ) {
            self.excludes = excludes
            self.staysOnOneFileSystem = staysOnOneFileSystem
            self.readsContent = readsContent
        }
    }

    /// Files up to this size are read while they are walked.
    package static let smallFileByteCount = 128 << 10

    package typealias Visit = (Entry, FileIdentity, _ content: Span<UInt8>, SourceFile?) throws
        -> Void

    private struct Level {
        let directory: FileDescriptor
        let listing: DirectoryListing
        var next = 0
        let path: [UInt8]
    }

    private struct Inode: Hashable {
        let device: UInt
        let number: UInt
    }

    private let options: Options
    private let isKnown: (Entry, FileIdentity) throws -> Bool
    private let report: (ReadProblem) -> Void
    private var names = OwnerNames()
    /// First path and further names to come, of each file with several names.
    private var linked: [Inode: (path: [UInt8], left: Int)] = [:]
    /// The sizes of the sparse files handed out.
    private var sparseByteCount = 0
    private var scratch = [UInt8](repeating: 0, count: SourceWalker.smallFileByteCount + 1)

    /// `isKnown` says, before a file is read, that its content is not wanted; then the file is handed
    /// out without. `report` is told what goes wrong.
    package init(
        options: Options,
        isKnown: @escaping (Entry, FileIdentity) throws -> Bool = { _, _ in false },
        report: @escaping (ReadProblem) -> Void
    ) {
        self.options = options
        self.isKnown = isKnown
        self.report = report
    }

    /// Walks one root after another; they must come in the order of their names.
    package func walk(_ roots: [Root], _ visit: Visit) throws {
        for root in roots { try walk(root, visit) }
    }

    private func walk(_ root: Root, _ visit: Visit) throws {
        var status = stat()
        guard unsafe stat(root.path, &status) == 0 else {
            throw ArchiveError.system(call: "stat", path: root.path, errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            let (folder, name) = try place(of: root.path)
            try visitChild(name, of: folder, path: root.name, device: status.st_dev, visit)
            return
        }
        if options.excludes(root.name, true) { return }
        let directory = try FileDescriptor.open(root.path, O_RDONLY | O_DIRECTORY)
        var levels: [Level] = []
        try enter(directory, path: root.name, status, visit, &levels)
        while var level = levels.popLast() {
            guard level.next < level.listing.count else { continue }
            let name = level.listing.name(at: level.next)
            let isKnownFile = level.listing.isKnownFile(at: level.next)
            level.next += 1
            let directory = level.directory
            let path = level.path + [UInt8(ascii: "/")] + name
            levels.append(level)
            // What is known to be a file needs no look before it is opened.
            if isKnownFile, options.readsContent {
                if !options.excludes(path, false) {
                    try visitFile(name, of: directory, path: path, device: status.st_dev, visit)
                }
                continue
            }
            if let (child, childStatus) = try visitChild(
                name, of: directory, path: path, device: status.st_dev, visit)
            {
                try enter(child, path: path, childStatus, visit, &levels)
            }
        }
    }

    private func enter(
        _ directory: FileDescriptor, path: [UInt8], _ status: stat, _ visit: Visit,
        _ levels: inout [Level]
    ) throws {
        var entry = entry(path, .directory, status)
        entry.attributes = directory.attributes { reportAttributes(path, $0) }
        guard let listing = DirectoryListing(of: directory) else {
            report(problem(path, .unreadable, errno))
            return
        }
        try visit(entry, FileIdentity(status), [UInt8]().span, nil)
        levels.append(Level(directory: directory, listing: listing, path: path))
    }

    /// Visits anything but a directory; hands a directory back, for its own level.
    @discardableResult
    private func visitChild(
        _ name: [UInt8], of directory: FileDescriptor, path: [UInt8], device: dev_t, _ visit: Visit
    ) throws -> (FileDescriptor, stat)? {
        var status = stat()
        let found = unsafe withName(name) {
            unsafe fstatat(directory.number, $0, &status, AT_SYMLINK_NOFOLLOW)
        }
        guard found == 0 else {
            report(problem(path, errno == ENOENT ? .vanished : .unreadable, errno))
            return nil
        }
        let type = status.st_mode & S_IFMT
        if options.excludes(path, type == S_IFDIR) { return nil }
        if options.staysOnOneFileSystem && status.st_dev != device {
            try visitMountPoint(path, status, visit)
            return nil
        }
        if type == S_IFDIR {
            guard let child = directory.openChild(name, O_RDONLY | O_DIRECTORY),
                unsafe fstat(child.number, &status) == 0
            else {
                report(problem(path, errno == ENOENT ? .vanished : .unreadable, errno))
                return nil
            }
            return (child, status)
        }
        if type == S_IFSOCK {
            report(ReadProblem(path: path, kind: .skipped, detail: "a socket"))
            return nil
        }
        if type == S_IFREG, options.readsContent {
            try visitFile(name, of: directory, path: path, device: device, visit)
            return nil
        }
        if let first = firstName(of: status, path) {
            try visit(
                entry(path, .hardLink(target: first), status), FileIdentity(status),
                [UInt8]().span, nil)
        } else if type == S_IFREG {
            guard isSayable(status, path) else { return nil }
            try visit(entry(path, .file, status), FileIdentity(status), [UInt8]().span, nil)
            remember(path, status)
        } else if let kind = special(name, of: directory, status) {
            var entry = entry(path, kind, status)
            entry.attributes = directory.attributes(ofChild: name) {
                reportAttributes(path, $0)
            }
            try visit(entry, FileIdentity(status), [UInt8]().span, nil)
            remember(path, status)
        } else {
            report(problem(path, .unreadable, errno))
        }
        return nil
    }

    /// Leaves out what lies on another file system, but for the directory it is mounted on.
    private func visitMountPoint(_ path: [UInt8], _ status: stat, _ visit: Visit) throws {
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return report(
                ReadProblem(path: path, kind: .skipped, detail: "on another file system"))
        }
        try visit(entry(path, .directory, status), FileIdentity(status), [UInt8]().span, nil)
    }

    private func visitFile(
        _ name: [UInt8], of directory: FileDescriptor, path: [UInt8], device: dev_t, _ visit: Visit
    ) throws {
        // Without O_NONBLOCK a FIFO that takes the file's place would block us for ever. O_NOATIME
        // is refused to all but the owner.
        let flags = O_RDONLY | O_NONBLOCK
        guard
            let file = directory.openChild(name, flags | linux_O_NOATIME)
                ?? directory.openChild(name, flags)
        else {
            report(problem(path, errno == ENOENT ? .vanished : .unreadable, errno))
            return
        }
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            report(ReadProblem(path: path, kind: .vanished, detail: "no longer a file"))
            return
        }
        if options.staysOnOneFileSystem && status.st_dev != device {
            return try visitMountPoint(path, status, visit)
        }
        let identity = FileIdentity(status)
        if let first = firstName(of: status, path) {
            try visit(
                entry(path, .hardLink(target: first), status), identity, [UInt8]().span, nil)
            return
        }
        guard isSayable(status, path) else { return }
        var entry = entry(path, .file, status)
        entry.attributes = file.attributes { reportAttributes(path, $0) }
        if Int(status.st_blocks) * 512 < entry.size {
            entry.extents = file.extents(size: entry.size)
        }
        if try isKnown(entry, identity) {
            try visit(entry, identity, [UInt8]().span, nil)
            remember(path, status)
            return
        }
        guard entry.extents == nil, entry.size <= Self.smallFileByteCount else {
            try visit(
                entry, identity, [UInt8]().span,
                SourceFile(path: path, descriptor: file, entry: entry))
            remember(path, status)
            return
        }
        guard let count = readSmall(file, expecting: entry.size) else {
            report(problem(path, .unreadable, errno))
            return
        }
        if count > entry.size {
            report(ReadProblem(path: path, kind: .grew, detail: "from \(entry.size) bytes"))
        } else if count < entry.size {
            report(
                ReadProblem(
                    path: path, kind: .shrank, detail: "to \(count) of \(entry.size) bytes"))
            entry.size = count
        } else if hasChanged(file, since: status) {
            report(ReadProblem.changed(path))
        }
        let scratch = scratch
        let whole = scratch.span
        try visit(entry, identity, whole.extracting(0..<entry.size), nil)
        remember(path, status)
    }

    /// False, and reported, where an archive would come to claim more than the sizes in it can say. Only sparse
    /// files can bring that about, so only they are left out: half of what can be said is theirs.
    private func isSayable(_ status: stat, _ path: [UInt8]) -> Bool {
        let size = Int(status.st_size)
        let isSparse = size - min(size, Int(status.st_blocks) * 512) > 1 << 20
        let most = Entry.sizeLimit / 2 - (isSparse ? sparseByteCount : 0)
        guard size < most else {
            report(
                ReadProblem(
                    path: path, kind: .unreadable,
                    detail:
                        "claims \(size) bytes: sparse files of an archive have less than 512 PiB in all"
                ))
            return false
        }
        if isSparse { sparseByteCount += size }
        return true
    }

    private func hasChanged(_ file: FileDescriptor, since before: stat) -> Bool {
        var now = stat()
        return unsafe fstat(file.number, &now) == 0
            && (now.st_mtim.tv_sec, now.st_mtim.tv_nsec)
                != (before.st_mtim.tv_sec, before.st_mtim.tv_nsec)
    }

    /// Reads a file to its end, or one byte more than expected; nil where the system refuses.
    private func readSmall(_ file: FileDescriptor, expecting size: Int) -> Int? {
        var count = 0
        while count <= size {
            let got = unsafe scratch.withUnsafeMutableBytes {
                unsafe read(file.number, $0.baseAddress?.advanced(by: count), size + 1 - count)
            }
            if got == 0 { break }
            if got < 0 {
                if errno == EINTR { continue }
                return nil
            }
            count += got
            // A read that comes back short of the extra byte has met the end of a regular file.
            if count == size { break }
        }
        return count
    }

    private func special(
        _ name: [UInt8], of directory: FileDescriptor, _ status: stat
    ) -> Entry.Kind? {
        let device = Entry.Device(
            major: linux_major(UInt64(status.st_rdev)),
            minor: linux_minor(UInt64(status.st_rdev)))
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
            return directory.target(ofLink: name).map { .symbolicLink(target: $0) }
        case S_IFIFO: return .fifo
        case S_IFCHR: return .characterDevice(device)
        case S_IFBLK: return .blockDevice(device)
        default: return nil
        }
    }

    private func entry(_ path: [UInt8], _ kind: Entry.Kind, _ status: stat) -> Entry {
        Entry(
            path: path, kind: kind, mode: status.st_mode & 0o7777, userID: status.st_uid,
            groupID: status.st_gid, userName: names.user(status.st_uid),
            groupName: names.group(status.st_gid),
            modified: Entry.Time(
                seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec),
            size: kind == .file ? Int(status.st_size) : 0)
    }

    private func firstName(of status: stat, _ path: [UInt8]) -> [UInt8]? {
        guard status.st_nlink > 1 else { return nil }
        let inode = Inode(device: UInt(status.st_dev), number: UInt(status.st_ino))
        guard let (first, left) = linked[inode] else { return nil }
        linked[inode] = left > 1 ? (first, left - 1) : nil
        return first
    }

    private func remember(_ path: [UInt8], _ status: stat) {
        guard status.st_nlink > 1 else { return }
        let inode = Inode(device: UInt(status.st_dev), number: UInt(status.st_ino))
        linked[inode] = (path, Int(status.st_nlink) - 1)
    }

    private func reportAttributes(_ path: [UInt8], _ number: Int32) {
        report(
            ReadProblem(
                path: path, kind: .unreadable,
                detail: "extended attributes: \(systemMessage(number))"))
    }

    private func problem(
        _ path: [UInt8], _ kind: ReadProblem.Kind, _ number: Int32
    ) -> ReadProblem {
        ReadProblem(path: path, kind: kind, detail: systemMessage(number))
    }

    /// The directory that holds what a path leads to, through links if need be, and its name there.
    private func place(of path: String) throws -> (FileDescriptor, name: [UInt8]) {
        guard let resolved = unsafe realpath(path, nil) else {
            throw ArchiveError.system(call: "stat", path: path, errno: errno)
        }
        defer { unsafe free(resolved) }
        let target = unsafe Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
        let slash = target.lastIndex(of: UInt8(ascii: "/")) ?? 0
        let folder = unsafe withName(Array(target[...slash])) {
            unsafe open($0, linux_O_PATH | O_DIRECTORY | O_CLOEXEC)
        }
        guard folder >= 0 else {
            throw ArchiveError.system(call: "open", path: path, errno: errno)
        }
        return (FileDescriptor(folder), Array(target[(slash + 1)...]))
    }
}
