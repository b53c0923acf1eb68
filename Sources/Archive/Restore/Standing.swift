private import CLinux
private import Glibc

/// What lies where an entry belongs, when an interrupted restore goes on.
package enum Standing: Sendable, Equatable {
    /// Nothing, or what may be replaced.
    case absent
    /// What the restore makes there; of a file it is known that nobody touched it since.
    case whole
    /// A file that may be what the restore makes: to be compared. If it is flawed, it may lack
    /// metadata that could not be had.
    case alike(isFlawed: Bool)
}

extension TreeRestorer {
    /// Throws `changed` for what is neither, `isDirectory` for a directory in the place of something
    /// else, and `exists` for the other way round.
    package func standing(
        of entry: Entry, number: Int, in journal: RestoreJournal
    ) throws(ArchiveError) -> Standing {
        let path = try EntryPath(entry.path)
        guard let parent = try? cursor.parent(of: path, creating: false),
            let status = parent.status(ofChild: path.name)
        else { return .absent }
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        if entry.kind == .directory && isDirectory { return .whole }
        if isDirectory { throw .isDirectory(path: "\(self.path)/\(entry.displayPath)") }
        if entry.kind == .directory {
            guard rules.replacesFiles else {
                throw .exists(path: "\(self.path)/\(entry.displayPath)")
            }
            return .absent
        }
        let record = journal.record(number)
        let isFlawed = record == .flawed(inode: UInt(status.st_ino))
        var standing = Standing.absent
        switch entry.kind {
        case .file where status.st_mode & S_IFMT == S_IFREG && Int(status.st_size) == entry.size:
            if record == .whole(FileIdentity(status)), rules.isApplied(entry, status) {
                standing = .whole
            } else if !rules.replacesFiles, isFlawed || rules.isApplied(entry, status) {
                standing = .alike(isFlawed: isFlawed)
            }
        case .hardLink(let target):
            if try isSame(status, as: target) { standing = .whole }
        case .symbolicLink, .fifo, .characterDevice, .blockDevice:
            if isSpecial(entry, status, path.name, in: parent),
                isFlawed
                    || rules.isApplied(entry, status)
                        && rules.isApplied(entry, parent.attributes(ofChild: path.name) { _ in })
            {
                standing = .whole
            }
        case .file, .directory: break
        }
        if standing == .absent, !rules.replacesFiles {
            throw .changed(path: "\(self.path)/\(entry.displayPath)")
        }
        return standing
    }

    /// After the data: keeps a link, a FIFO or a device that is there; nil where it is to be made.
    /// One that lacks metadata is given it once more.
    package func keepSpecial(
        _ entry: Entry, number: Int, in journal: RestoreJournal
    ) throws(ArchiveError) -> [RestoreProblem]? {
        guard try standing(of: entry, number: number, in: journal) == .whole else { return nil }
        let path = try EntryPath(entry.path)
        let parent = try cursor.parent(of: path, creating: false)
        parent.removeChild(rules.temporaryName(number))
        guard case .flawed = journal.record(number) else { return [] }
        return rules.apply(entry, toChild: path.name, of: parent)
    }

    /// Gives its owner access again to a directory that had its final mode already.
    package func reopen(_ directory: Entry) throws(ArchiveError) {
        let path = try EntryPath(directory.path)
        guard let parent = try? cursor.parent(of: path, creating: false),
            let status = parent.status(ofChild: path.name),
            status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o700 != 0o700,
            let child = parent.openChild(path.name, linux_O_PATH | O_DIRECTORY)
        else { return }
        guard unsafe chmod("/proc/self/fd/\(child.number)", status.st_mode & 0o7777 | 0o700) == 0
        else {
            throw .system(
                call: "chmod", path: "\(self.path)/\(directory.displayPath)", errno: errno)
        }
    }

    private func isSame(_ status: stat, as target: [UInt8]) throws(ArchiveError) -> Bool {
        let path = try EntryPath(target)
        guard let parent = try? cursor.parent(of: path, creating: false),
            let other = parent.status(ofChild: path.name)
        else { return false }
        return other.st_dev == status.st_dev && other.st_ino == status.st_ino
    }

    /// Whether it is of the entry's type, and points where the entry does.
    private func isSpecial(
        _ entry: Entry, _ status: stat, _ name: [UInt8], in parent: FileDescriptor
    ) -> Bool {
        switch (entry.kind, status.st_mode & S_IFMT) {
        case (.symbolicLink(let target), S_IFLNK): parent.target(ofLink: name) == target
        case (.fifo, S_IFIFO): true
        case (.characterDevice(let device), S_IFCHR), (.blockDevice(let device), S_IFBLK):
            UInt(status.st_rdev) == device.number
        default: false
        }
    }
}
