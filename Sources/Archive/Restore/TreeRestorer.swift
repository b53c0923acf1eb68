private import Glibc

/// Restores everything of a tree but the data of its files: directories first, links last.
///
/// Links are made after all data is written, so nothing can be written through a link of the archive;
/// directories get their modes and times when nothing in them changes any more.
package final class TreeRestorer {
    let cursor: DirectoryCursor
    let rules: RestoreRules
    let path: String
    private let journal: RestoreJournal?

    package init(
        root: FileDescriptor, path: String, rules: RestoreRules, journal: RestoreJournal? = nil
    ) {
        cursor = DirectoryCursor(root: root, path: path)
        self.rules = rules
        self.path = path
        self.journal = journal
    }

    /// Before the data: makes a directory, and those above it.
    package func makeDirectory(_ entry: Entry) throws(ArchiveError) {
        let path = try EntryPath(entry.path)
        let parent = try cursor.parent(of: path, creating: true)
        // Directories stay, and what cannot be removed is met again when the directory is opened.
        if rules.replacesFiles { parent.removeChild(path.name) }
        try cursor.make(path.name, in: parent)
    }

    /// Before the data: the directory that holds a file, made if it is not there.
    package func makeParent(of entry: Entry) throws(ArchiveError) -> (FileDescriptor, name: [UInt8])
    {
        let path = try EntryPath(entry.path)
        return (try cursor.parent(of: path, creating: true), path.name)
    }

    /// Before anything: throws `exists` where an entry would replace a file or link, `isDirectory` where
    /// it would turn a directory into something else.
    package func checkVacant(_ entry: Entry) throws(ArchiveError) {
        let path = try EntryPath(entry.path)
        guard let parent = try? cursor.parent(of: path, creating: false) else { return }
        guard let status = parent.status(ofChild: path.name) else { return }
        var place: String { "\(self.path)/\(entry.displayPath)" }
        if status.st_mode & S_IFMT == S_IFDIR {
            if entry.kind != .directory { throw .isDirectory(path: place) }
        } else if !rules.replacesFiles {
            throw .exists(path: place)
        }
    }

    /// After the data: makes a link, a FIFO or a device. Files and directories are left alone. `number`
    /// is that of the entry in its archive.
    package func makeSpecial(
        _ entry: Entry, number: Int
    ) throws(ArchiveError) -> [RestoreProblem] {
        let path = try EntryPath(entry.path)
        let parent: FileDescriptor
        let temporaryName = rules.temporaryName(number)
        func vacate(_ parent: FileDescriptor) { parent.removeChild(temporaryName) }
        var status: Int32
        switch entry.kind {
        case .file, .directory: return []
        case .hardLink(let target):
            let targetPath = try EntryPath(target)
            let source = try cursor.parent(of: targetPath, creating: false)
            parent = try cursor.parent(of: path, creating: true)
            vacate(parent)
            status = unsafe withName(targetPath.name) { target in
                unsafe withName(temporaryName) {
                    unsafe linkat(source.number, target, parent.number, $0, 0)
                }
            }
        case .symbolicLink(let target):
            parent = try cursor.parent(of: path, creating: true)
            vacate(parent)
            status = unsafe withName(target) { target in
                unsafe withName(temporaryName) { unsafe symlinkat(target, parent.number, $0) }
            }
        case .fifo:
            parent = try cursor.parent(of: path, creating: true)
            vacate(parent)
            status = unsafe withName(temporaryName) { unsafe mkfifoat(parent.number, $0, 0o600) }
        case .characterDevice(let device), .blockDevice(let device):
            parent = try cursor.parent(of: path, creating: true)
            vacate(parent)
            let type = entry.kind == .characterDevice(device) ? S_IFCHR : S_IFBLK
            status = unsafe withName(temporaryName) {
                unsafe mknodat(parent.number, $0, type | 0o600, device.number)
            }
            if status != 0, errno == EPERM {
                return [RestoreProblem(path: entry.path, detail: "only root may make devices")]
            }
        }
        guard status == 0 else {
            throw .system(call: "create", path: "\(self.path)/\(entry.displayPath)", errno: errno)
        }
        let isLink = if case .hardLink = entry.kind { true } else { false }
        let problems = isLink ? [] : rules.apply(entry, toChild: temporaryName, of: parent)
        do throws(ArchiveError) {
            if let journal, !isLink, let made = parent.status(ofChild: temporaryName),
                !problems.isEmpty || !rules.isApplied(entry, made)
            {
                try journal.noteFlawed(number, inode: UInt(made.st_ino))
            }
            try rules.rename(
                temporaryName, to: path.name, in: parent, path: "\(self.path)/\(entry.displayPath)")
        } catch {
            vacate(parent)
            throw error
        }
        // Renaming one name of a file over another of the same file does nothing and leaves both.
        if isLink { vacate(parent) }
        return problems
    }

    /// Last of all, children before parents: the metadata of a directory.
    package func finishDirectory(_ entry: Entry) throws(ArchiveError) -> [RestoreProblem] {
        let path = try EntryPath(entry.path)
        let parent = try cursor.parent(of: path, creating: false)
        guard let directory = parent.openChild(path.name, O_RDONLY | O_DIRECTORY) else {
            throw .system(
                call: "open", path: "\(self.path)/\(entry.displayPath)", errno: errno)
        }
        return rules.apply(entry, to: directory)
    }
}

extension TreeRestorer {
    /// Whether a directory is there.
    package func isThere(_ entry: Entry) throws(ArchiveError) -> Bool {
        let path = try EntryPath(entry.path)
        guard let parent = try? cursor.parent(of: path, creating: false) else { return false }
        return parent.status(ofChild: path.name).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }
}
