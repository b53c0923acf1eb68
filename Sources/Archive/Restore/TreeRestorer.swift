private import Glibc

/// Restores everything of a tree but the data of its files: directories first, links last.
///
/// Links are made after all data is written, so nothing can be written through a link of the archive;
/// directories get their modes and times when nothing in them changes any more.
package final class TreeRestorer {
    fileprivate let cursor: DirectoryCursor
    private let rules: RestoreRules
    private let path: String
    private var number = 0

    package init(root: FileDescriptor, path: String, rules: RestoreRules) {
        cursor = DirectoryCursor(root: root, path: path)
        self.rules = rules
        self.path = path
    }

    /// Before the data: makes a directory, and those above it.
    package func makeDirectory(_ entry: Entry) throws(ArchiveError) {
        let path = try EntryPath(entry.path)
        let parent = try cursor.parent(of: path, creating: true)
        if rules.replacesFiles { removeFile(path.name, in: parent) }
        try cursor.make(path.name, in: parent)
    }

    /// Makes room for a directory: `unlinkat` leaves directories alone, and what it cannot remove is
    /// met again when the directory is opened.
    private func removeFile(_ name: [UInt8], in parent: FileDescriptor) {
        unsafe withName(name) { _ = unsafe unlinkat(parent.number, $0, 0) }
    }

    /// Before the data: the directory that holds a file, made if it is not there.
    package func makeParent(of entry: Entry) throws(ArchiveError) -> (FileDescriptor, name: [UInt8])
    {
        let path = try EntryPath(entry.path)
        return (try cursor.parent(of: path, creating: true), path.name)
    }

    /// Before anything: throws `exists` where an entry would replace a file or link, or would turn a
    /// directory into something else.
    package func checkVacant(_ entry: Entry) throws(ArchiveError) {
        let path = try EntryPath(entry.path)
        guard let parent = try? cursor.parent(of: path, creating: false) else { return }
        var status = stat()
        let found = unsafe withName(path.name) {
            unsafe fstatat(parent.number, $0, &status, AT_SYMLINK_NOFOLLOW)
        }
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        if found == 0, !(isDirectory && entry.kind == .directory),
            isDirectory || !rules.replacesFiles
        {
            throw .exists(path: "\(self.path)/\(entry.displayPath)")
        }
    }

    /// After the data: makes a link, a FIFO or a device. Files and directories are left alone.
    package func makeSpecial(_ entry: Entry) throws(ArchiveError) -> [RestoreProblem] {
        let path = try EntryPath(entry.path)
        let parent: FileDescriptor
        let temporaryName = rules.temporaryName(number)
        number += 1
        func vacate(_ parent: FileDescriptor) {
            unsafe withName(temporaryName) { _ = unsafe unlinkat(parent.number, $0, 0) }
        }
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
        var problems: [RestoreProblem] = []
        if case .hardLink = entry.kind {
        } else {
            problems = rules.apply(entry, toChild: temporaryName, of: parent)
        }
        do {
            try rules.rename(
                temporaryName, to: path.name, in: parent, path: "\(self.path)/\(entry.displayPath)")
        } catch {
            vacate(parent)
            throw error
        }
        // Renaming one name of a file over another of the same file does nothing and leaves both.
        if case .hardLink = entry.kind { vacate(parent) }
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
        var status = stat()
        let found = unsafe withName(path.name) {
            unsafe fstatat(parent.number, $0, &status, AT_SYMLINK_NOFOLLOW)
        }
        return found == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
