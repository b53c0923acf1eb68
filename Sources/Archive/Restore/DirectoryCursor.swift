private import Glibc

/// Finds directories below a root, one component after another and never through a symbolic link, so
/// that nothing in an archive or in the way can lead out of the root. One worker's own.
///
/// It stays where it went last: entries come in path order, so the next one is seldom far.
package final class DirectoryCursor {
    private let root: FileDescriptor
    private let rootPath: String
    private var names: [[UInt8]] = []
    private var directories: [FileDescriptor] = []

    package init(root: FileDescriptor, path: String) {
        self.root = root
        rootPath = path
    }

    /// The directory that holds the entry; made on the way, with mode 0700, where `creating`.
    package func parent(
        of path: EntryPath, creating: Bool
    ) throws(ArchiveError) -> FileDescriptor {
        let wanted = path.parent
        var depth = 0
        while depth < names.count, depth < wanted.count, names[depth].elementsEqual(wanted[depth]) {
            depth += 1
        }
        names.removeLast(names.count - depth)
        directories.removeLast(directories.count - depth)
        for component in wanted.dropFirst(depth) {
            let name = Array(component)
            let above = directories.last ?? root
            if creating { try make(name, in: above) }
            guard let directory = above.openChild(name, O_RDONLY | O_DIRECTORY) else {
                throw failure("open", name)
            }
            names.append(name)
            directories.append(directory)
        }
        return directories.last ?? root
    }

    /// Makes one directory, unless it is there.
    package func make(_ name: [UInt8], in parent: FileDescriptor) throws(ArchiveError) {
        let made = unsafe withName(name) { unsafe mkdirat(parent.number, $0, 0o700) }
        guard made == 0 || errno == EEXIST else { throw failure("mkdir", name) }
    }

    private func failure(_ call: String, _ name: [UInt8]) -> ArchiveError {
        let number = errno
        let path = (names + [name]).map { display(path: $0) }.joined(separator: "/")
        return .system(call: call, path: "\(rootPath)/\(path)", errno: number)
    }
}
