private import Foundation
private import Glibc
private import LibCrypto

/// What the next run of a restore needs to go on where one was interrupted: whose it is, and how each
/// file looked when it had got its name.
///
/// A file of its own in the directory that is restored into; it is removed when all is done. What it
/// says of a file only ever saves reading that file: where it says nothing, or something else than the
/// file system, the file is compared with the archive.
/// Source: docs/formats/restore-journal.md.
package final class RestoreJournal: Sendable {
    /// Which restore it is.
    package struct Restore: Codable, Sendable, Equatable {
        static let version = 1

        private let restore: Int
        /// SHA-256 of the archive's id, hexadecimal.
        fileprivate let archive: String
        /// What the archive's directory is called.
        package let name: String
        /// SHA-256 of the patterns, each with a NUL behind it, hexadecimal.
        fileprivate let selection: String
        /// Whether nothing was in the directory when the restore began.
        package let ownsDirectories: Bool

        enum CodingKeys: String, CodingKey {
            case restore, archive, name, selection
            case ownsDirectories = "owns_directories"
        }

        package init(
            archiveID: String, name: String, patterns: [String], ownsDirectories: Bool
        ) {
            restore = Self.version
            archive = Self.digest(Array(archiveID.utf8))
            self.name = name
            selection = Self.digest(patterns.flatMap { Array($0.utf8) + [0] })
            self.ownsDirectories = ownsDirectories
        }

        private static func digest(_ bytes: [UInt8]) -> String {
            hexadecimal(Array(SHA256.digest(bytes.span)))
        }

        package func isOfArchive(of other: Restore) -> Bool { archive == other.archive }

        package func isSame(as other: Restore) -> Bool {
            isOfArchive(of: other) && selection == other.selection
        }

        /// No entry of the archive can have the name: it was sealed before anyone knew its id.
        fileprivate var fileName: [UInt8] {
            RestoreJournal.prefix + archive.prefix(12).utf8 + RestoreJournal.suffix
        }

        fileprivate var isSupported: Bool { restore == Self.version }
    }

    /// What is known of a file that has its name.
    enum Record: Equatable {
        /// It had all its bytes and metadata, and has not been touched since if it still is this one.
        case whole(FileIdentity)
        /// It lacks bytes or metadata that could not be had; if it is the file of this number.
        case flawed(inode: UInt)
    }

    private static let prefix = Array(".sealpipe-".utf8)
    private static let suffix = Array(".restore".utf8)
    private static let headerByteCount = 4096
    private static let recordByteCount = 24

    package let restore: Restore
    private let name: [UInt8]
    private let root: FileDescriptor
    private let file: FileDescriptor

    private init(
        _ restore: Restore, name: [UInt8], in root: FileDescriptor, _ file: FileDescriptor
    ) {
        self.restore = restore
        self.name = name
        self.root = root
        self.file = file
    }

    // MARK: the file

    /// The journals in a directory that are whole and that nobody else can have written.
    package static func find(in root: FileDescriptor, path: String) throws(ArchiveError)
        -> [RestoreJournal]
    {
        guard let listing = DirectoryListing(of: root) else {
            throw .system(call: "list", path: path, errno: errno)
        }
        return (0..<listing.count).compactMap { index in
            let name = listing.name(at: index)
            guard name.starts(with: prefix), name.suffix(suffix.count).elementsEqual(suffix) else {
                return nil
            }
            return open(name, in: root)
        }
    }

    private static func open(_ name: [UInt8], in root: FileDescriptor) -> RestoreJournal? {
        guard let file = root.openChild(name, O_RDWR | O_NONBLOCK) else { return nil }
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_uid == geteuid(), status.st_mode & 0o077 == 0, status.st_nlink == 1,
            let header = read(headerByteCount, at: 0, of: file), let restore = parse(header)
        else { return nil }
        return RestoreJournal(restore, name: name, in: root, file)
    }

    /// Begins a journal; it is durable when this returns. Takes the place of one that is not whole.
    package static func make(
        _ restore: Restore, in root: FileDescriptor, path: String
    ) throws(ArchiveError) -> RestoreJournal {
        let name = restore.fileName
        let place = "\(path)/\(display(path: name))"
        root.removeChild(name)
        guard let file = root.openChild(name, O_RDWR | O_CREAT | O_EXCL, mode: 0o600) else {
            throw .system(call: "create", path: place, errno: errno)
        }
        let journal = RestoreJournal(restore, name: name, in: root, file)
        do throws(ArchiveError) {
            try journal.write(header(restore), at: 0)
            guard fsync(file.number) == 0, fsync(root.number) == 0 else {
                throw .system(call: "sync", path: place, errno: errno)
            }
        } catch {
            root.removeChild(name)
            throw error
        }
        return journal
    }

    /// Whether nothing else is in the directory.
    package var isAlone: Bool { DirectoryListing(of: root)?.count == 1 }

    /// Removes the journal: the restore is done, or given up.
    package func remove() throws(ArchiveError) {
        root.removeChild(name)
        guard fsync(root.number) == 0 else {
            throw .system(call: "sync", path: display(path: name), errno: errno)
        }
    }

    // MARK: records

    /// What is known of the entry of this number; nil where that is nothing.
    func record(_ number: Int) -> Record? {
        guard
            let bytes = Self.read(Self.recordByteCount, at: Self.offset(of: number), of: file)
        else { return nil }
        func field(_ range: Range<Int>) -> UInt {
            range.reversed().reduce(0) { $0 << 8 | UInt(bytes[$1]) }
        }
        return switch field(20..<24) {
        case 1:
            .whole(
                FileIdentity(
                    inode: field(0..<8),
                    changed: Entry.Time(
                        seconds: Int(bitPattern: field(8..<16)), nanoseconds: Int(field(16..<20)))))
        case 2: .flawed(inode: field(0..<8))
        default: nil
        }
    }

    /// Notes files that got their names; those with numbers that follow on one another in one write.
    func noteWhole(_ files: [(number: Int, identity: FileIdentity)]) throws(ArchiveError) {
        var bytes: [UInt8] = []
        var first = 0
        for (number, identity) in files {
            if number != first + bytes.count / Self.recordByteCount {
                try write(bytes, at: Self.offset(of: first))
                bytes.removeAll(keepingCapacity: true)
            }
            if bytes.isEmpty { first = number }
            Self.append(identity.inode, identity.changed, state: 1, to: &bytes)
        }
        try write(bytes, at: Self.offset(of: first))
    }

    func noteFlawed(_ number: Int, inode: UInt) throws(ArchiveError) {
        var bytes: [UInt8] = []
        Self.append(inode, Entry.Time(seconds: 0, nanoseconds: 0), state: 2, to: &bytes)
        try write(bytes, at: Self.offset(of: number))
    }

    private static func offset(of number: Int) -> Int { headerByteCount + number * recordByteCount }

    private static func append(
        _ inode: UInt, _ changed: Entry.Time, state: UInt, to bytes: inout [UInt8]
    ) {
        func put(_ value: UInt, _ count: UInt) {
            for byte in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
        }
        put(inode, 8)
        put(UInt(bitPattern: changed.seconds), 8)
        put(UInt(changed.nanoseconds), 4)
        put(state, 4)
    }

    // MARK: bytes

    /// A line of JSON, its SHA-256, NULs.
    private static func header(_ restore: Restore) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(restore) else {
            preconditionFailure("strings and numbers can be written as JSON")
        }
        let text = Array(line)
        let digest = hexadecimal(Array(SHA256.digest(text.span)))
        let bytes = text + [0x0a] + digest.utf8 + [0x0a]
        precondition(bytes.count <= headerByteCount, "a name and two digests fit the header")
        return bytes + [UInt8](repeating: 0, count: headerByteCount - bytes.count)
    }

    private static func parse(_ header: [UInt8]) -> Restore? {
        let line = Array(header.prefix { $0 != 0x0a })
        guard let restore = try? JSONDecoder().decode(Restore.self, from: Data(line)),
            restore.isSupported, Self.header(restore) == header
        else { return nil }
        return restore
    }

    /// So many bytes; nil where there are fewer, or they cannot be read.
    private static func read(_ count: Int, at offset: Int, of file: FileDescriptor) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        return file.read(at: offset, into: &span).count == count ? bytes : nil
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws(ArchiveError) {
        let failure = file.write(bytes.span, at: offset)
        guard failure == 0 else {
            throw .system(call: "write", path: display(path: name), errno: failure)
        }
    }
}
