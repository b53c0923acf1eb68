private import Glibc

/// Where an archive lies, and what lies beside it while another archive takes its place.
///
/// | name | what |
/// |---|---|
/// | `NAME/` | the archive; whole at any moment |
/// | `.NAME.rewrap/` | before the exchange the new archive, perhaps unfinished; after it the old one |
/// | `.NAME.replaced/` | the old archive, only where the file system cannot exchange two names |
package struct ArchivePlace: Hashable, Sendable {
    /// Without links.
    package let parent: String
    package let name: String

    init(parent: String, name: String) {
        self.parent = parent
        self.name = name
    }

    /// The place of the archive at a path, whether it is there or, for the moment, only beside it.
    package init(of path: String) throws(StorageError) {
        // The archive itself may be reached by a link; what is replaced is what the link leads to.
        if let real = Self.real(path) {
            self = try Self(splitting: real, path)
            return
        }
        var text = path[...]
        while text.utf8.count > 1, text.utf8.last == UInt8(ascii: "/") { text = text.dropLast() }
        let slash = text.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { $0 == text.startIndex ? "/" : String(text[..<$0]) } ?? "."
        let name = slash.map { String(text[text.utf8.index(after: $0)...]) } ?? String(text)
        guard let parent = Self.real(folder), !["", ".", ".."].contains(name) else {
            throw .missing(path: path, reason: "there is no archive or archive set")
        }
        self.init(parent: parent, name: name)
    }

    private init(splitting real: String, _ path: String) throws(StorageError) {
        guard let slash = real.utf8.lastIndex(of: UInt8(ascii: "/")), real != "/" else {
            throw .missing(path: path, reason: "there is no archive in it")
        }
        self.init(
            parent: slash == real.startIndex ? "/" : String(real[..<slash]),
            name: String(real[real.utf8.index(after: slash)...]))
    }

    private static func real(_ path: String) -> String? {
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(validatingCString: real)
    }

    package var path: String { Self.join(parent, name) }
    var shadow: String { Self.join(parent, ".\(name).rewrap") }
    var replaced: String { Self.join(parent, ".\(name).replaced") }

    /// The archive a name beside it belongs to; nil for any other name.
    static func archive(_ name: String) -> String? {
        guard name.hasPrefix(".") else { return nil }
        for ending in [".rewrap", ".replaced"] where name.hasSuffix(ending) {
            let archive = String(name.dropFirst().dropLast(ending.count))
            return ArchiveName(archive) == nil ? nil : archive
        }
        return nil
    }

    private static func join(_ parent: String, _ name: String) -> String {
        parent == "/" ? "/\(name)" : "\(parent)/\(name)"
    }

    /// Keeps every other writer out: the lock of the set, or of the directory an archive was copied to.
    package func lock() throws(StorageError) -> SetLock {
        guard ArchiveName(name) != nil else { return try SetLock(directory: parent) }
        return try SetLock(path: Self.join(parent, ArchiveSet.lockName), set: parent)
    }

    /// Bytes that can still be written here. Source: statvfs(3).
    package func availableByteCount() throws(StorageError) -> Int {
        var status = statvfs()
        guard unsafe statvfs(parent, &status) == 0 else { throw .failed("statvfs", parent) }
        let (count, overflows) = Int(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
        return overflows ? .max : count
    }

    /// Puts right what a killed replacement left; returns whether it left anything. The caller holds
    /// the lock.
    ///
    /// What lies in `.NAME.replaced` is whole: it was the archive. What lies in `.NAME.rewrap` has no
    /// claim to the name: either it never had it, or it has lost it to a whole one.
    package func recover() throws(StorageError) -> Bool {
        var found = false
        if Self.exists(replaced) {
            found = true
            if Self.exists(path) {
                try removeDirectory(replaced)
            } else {
                guard unsafe rename(replaced, path) == 0 else { throw .failed("rename", replaced) }
                try syncDirectory(parent)
            }
        }
        if Self.exists(shadow) {
            found = true
            try removeDirectory(shadow)
        }
        if found { try syncDirectory(parent) }
        return found
    }

    /// Starts the archive that is to take this place. The caller holds the lock and has recovered.
    package func beginReplacement() throws(StorageError) -> ReplacementArchive {
        try ReplacementArchive(of: self)
    }

    private static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }
}
