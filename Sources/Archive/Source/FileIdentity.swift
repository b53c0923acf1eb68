import Glibc

/// What tells a file that was written to, or replaced, from the one that was read before, even where its
/// size and modification time are the same. Stores through mmap(2) show only when the page is clean before
/// them: which of them a backup has is chance, with one run as with two.
package struct FileIdentity: Sendable, Equatable {
    package let inode: UInt
    /// When anything of the file last changed, metadata included; nobody can set it.
    package let changed: Entry.Time

    package init(inode: UInt, changed: Entry.Time) {
        self.inode = inode
        self.changed = changed
    }
}

extension FileIdentity {
    /// Source: inode(7).
    init(_ status: stat) {
        self.init(
            inode: UInt(status.st_ino),
            changed: Entry.Time(
                seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec))
    }
}
