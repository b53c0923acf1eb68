private import CLinux
internal import Glibc
private import LibCrypto
private import SystemIO

/// An entry that could not be restored, or not all of its metadata.
package struct RestoreProblem: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case metadata
        /// The file system does not take the entry.
        case refused
    }

    package let path: [UInt8]
    package let kind: Kind
    package let detail: String

    package init(path: [UInt8], kind: Kind = .metadata, detail: String) {
        self.path = path
        self.kind = kind
        self.detail = detail
    }
}

/// What a restore may replace and which metadata it can give.
package struct RestoreRules: Sendable {
    /// Whether an entry may take the place of a file or link that is there.
    package let replacesFiles: Bool
    /// Whether owners are restored: only root may give files away.
    package let restoresOwners: Bool
    /// Whether a file of which bytes are lost gets its name all the same, with zeroes in their place.
    package let keepsDamagedFiles: Bool

    /// What temporary names have in common: something of the archive that is restored.
    private let mark: String

    package init(
        replacesFiles: Bool, restoresOwners: Bool, keepsDamagedFiles: Bool = false,
        archiveID: String
    ) {
        self.keepsDamagedFiles = keepsDamagedFiles
        self.replacesFiles = replacesFiles
        self.restoresOwners = restoresOwners
        // A digest, for an id could hold anything, slashes too.
        mark = hexadecimal(Array(SHA256.digest(Array(archiveID.utf8).span).prefix(6)))
    }

    /// Root restores owners, everybody else keeps what is restored.
    package static func forThisProcess(
        replacesFiles: Bool, keepsDamagedFiles: Bool = false, archiveID: String
    ) -> RestoreRules {
        RestoreRules(
            replacesFiles: replacesFiles, restoresOwners: geteuid() == 0,
            keepsDamagedFiles: keepsDamagedFiles, archiveID: archiveID)
    }

    /// A name that only a restore of this archive gives. What has it was left by one that was killed:
    /// it can be no entry of the archive, which was sealed before anyone knew its id.
    func temporaryName(_ number: Int) -> [UInt8] {
        Array(".sealpipe-\(mark)-\(number).partial".utf8)
    }

    /// Gives an open file or directory the metadata of its entry, times last.
    func apply(_ entry: Entry, to file: FileDescriptor) -> [RestoreProblem] {
        var problems: [RestoreProblem] = []
        func note(_ what: String) {
            problems.append(
                RestoreProblem(path: entry.path, detail: "\(what): \(systemMessage(errno))"))
        }
        var hasOwner = restoresOwners
        if restoresOwners, fchown(file.number, entry.userID, entry.groupID) != 0 {
            note("owner")
            hasOwner = false
        }
        // Lists and mode come last: attributes of a file that is read-only are so, too.
        let isList = { (attribute: Entry.Attribute) in PosixACL(attribute: attribute) != nil }
        for attribute in entry.attributes.filter({ !isList($0) }) + entry.attributes.filter(isList)
        {
            let status = unsafe withName(attribute.name) {
                unsafe fsetxattr(file.number, $0, attribute.value, attribute.value.count, 0)
            }
            if status != 0 && expects(attribute) {
                note("attribute \(display(path: attribute.name))")
            }
        }
        // A set-id bit is meant for the owner it was made for.
        if fchmod(file.number, hasOwner ? entry.mode : entry.mode & 0o1777) != 0 { note("mode") }
        var times = times(of: entry)
        if unsafe futimens(file.number, &times) != 0 { note("time") }
        return problems
    }

    /// The same for what is not opened: a link, a FIFO, a device.
    func apply(
        _ entry: Entry, toChild name: [UInt8], of parent: FileDescriptor
    ) -> [RestoreProblem] {
        var problems: [RestoreProblem] = []
        func note(_ what: String) {
            problems.append(
                RestoreProblem(path: entry.path, detail: "\(what): \(systemMessage(errno))"))
        }
        var isLink = false
        if case .symbolicLink = entry.kind { isLink = true }
        unsafe withName(name) { cName in
            if restoresOwners {
                let status = unsafe fchownat(
                    parent.number, cName, entry.userID, entry.groupID, AT_SYMLINK_NOFOLLOW)
                if status != 0 { note("owner") }
            }
            // Never through a link that took the name meanwhile.
            if !isLink {
                let child = parent.openChild(name, linux_O_PATH)
                let status = child.map { unsafe chmod("/proc/self/fd/\($0.number)", entry.mode) }
                if status != 0 { note("mode") }
            }
            let path = Array("/proc/self/fd/\(parent.number)/".utf8) + name
            for attribute in entry.attributes {
                let status = unsafe withName(path) { path in
                    unsafe withName(attribute.name) {
                        unsafe lsetxattr(path, $0, attribute.value, attribute.value.count, 0)
                    }
                }
                if status != 0 && expects(attribute) {
                    note("attribute \(display(path: attribute.name))")
                }
            }
            var times = times(of: entry)
            let status = unsafe utimensat(parent.number, cName, &times, AT_SYMLINK_NOFOLLOW)
            if status != 0 { note("time") }
        }
        return problems
    }

    /// Whether what is there shows the metadata that `apply` gives its entry, attributes apart.
    func isApplied(_ entry: Entry, _ status: stat) -> Bool {
        var isLink = false
        if case .symbolicLink = entry.kind { isLink = true }
        let mode = restoresOwners || entry.kind != .file ? entry.mode : entry.mode & 0o1777
        return (isLink || status.st_mode & 0o7777 == mode)
            && (!restoresOwners
                || status.st_uid == entry.userID && status.st_gid == entry.groupID)
            && status.st_mtim.tv_sec == entry.modified.seconds
            && status.st_mtim.tv_nsec == entry.modified.nanoseconds
    }

    /// Whether the attributes that `apply` can give are there.
    func isApplied(_ entry: Entry, _ attributes: [Entry.Attribute]) -> Bool {
        entry.attributes.allSatisfy { !expects($0) || attributes.contains($0) }
    }

    /// Gives a finished file its name; refuses, or replaces, what has it.
    func rename(
        _ temporaryName: [UInt8], to name: [UInt8], in parent: FileDescriptor,
        path: @autoclosure () -> String
    ) throws(ArchiveError) {
        let status = unsafe withName(temporaryName) { temporaryName in
            unsafe withName(name) { name in
                unsafe replacesFiles
                    ? renameat(parent.number, temporaryName, parent.number, name)
                    : renameToFree(temporaryName, name, in: parent)
            }
        }
        guard status == 0 else {
            let number = errno
            if number == EEXIST { throw .exists(path: path()) }
            throw .system(call: "rename", path: path(), errno: number)
        }
    }

    /// Renames unless something has the name. Where the file system cannot do that (NFS), a link can.
    private func renameToFree(
        _ temporaryName: UnsafePointer<CChar>, _ name: UnsafePointer<CChar>,
        in parent: FileDescriptor
    ) -> Int32 {
        let status = unsafe linux_rename_no_replace(
            parent.number, temporaryName, parent.number, name)
        guard status != 0, errno == EINVAL || errno == ENOSYS else { return status }
        let linked = unsafe linkat(parent.number, temporaryName, parent.number, name, 0)
        return unsafe linked == 0 ? unlinkat(parent.number, temporaryName, 0) : linked
    }

    /// Whether failing to set an attribute is worth a word: all but root lack the right to most name
    /// spaces.
    private func expects(_ attribute: Entry.Attribute) -> Bool {
        restoresOwners || attribute.name.starts(with: "user.".utf8)
            || attribute.name.starts(with: "system.posix_acl".utf8)
    }

    private func times(of entry: Entry) -> [timespec] {
        [
            timespec(tv_sec: 0, tv_nsec: Int(UTIME_OMIT)),
            timespec(tv_sec: entry.modified.seconds, tv_nsec: entry.modified.nanoseconds),
        ]
    }
}

/// Leaves a time as it is. A macro in glibc: `((1l << 30) - 2l)`.
private let UTIME_OMIT = (1 << 30) - 2
