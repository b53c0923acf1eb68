private import CLibArchive
private import Glibc

/// Reads a tar through libarchive, header by header: the check that a tar says what its catalog says.
/// Source: archive_read(3).
@safe
package final class TarReader {
    /// What a header says, as far as it can be compared with an entry.
    ///
    /// libarchive hands out UTF-8 names composed (NFC), whatever the tar holds. So names are equal here
    /// if they are canonically equivalent.
    package struct Header: Equatable, Sendable {
        package let path: [UInt8]
        package let type: UInt32
        package let mode: UInt32
        package let userID: UInt32
        package let groupID: UInt32
        package let modified: Entry.Time
        package let size: Int
        package let linkTarget: [UInt8]
    }

    /// Lends libarchive one block after another.
    private final class Input {
        let next: () throws -> [UInt8]?
        var block: [UInt8] = []
        var error: (any Error)?

        init(next: @escaping () throws -> [UInt8]?) { self.next = next }
    }

    private let input: Input
    private let archive: OpaquePointer

    /// `next` gives the tar piece by piece, nil at its end.
    package init(next: @escaping () throws -> [UInt8]?) throws {
        precondition(TarLocale.isSet, "glibc carries the C.UTF-8 locale")
        guard let archive = unsafe archive_read_new() else {
            preconditionFailure("no memory for a tar reader")
        }
        unsafe self.archive = archive
        input = Input(next: next)
        unsafe archive_read_support_format_tar(archive)
        unsafe archive_read_support_format_empty(archive)
        let context = unsafe Unmanaged.passUnretained(input).toOpaque()
        let status = unsafe archive_read_open(
            archive, context, nil,
            { _, context, block in
                guard let context = unsafe context, let block = unsafe block else { return -1 }
                let input = unsafe Unmanaged<Input>.fromOpaque(context).takeUnretainedValue()
                do {
                    // No bytes would be the end.
                    repeat {
                        guard let block = try input.next() else {
                            input.block = []
                            break
                        }
                        input.block = block
                    } while input.block.isEmpty
                } catch {
                    input.error = error
                    return -1
                }
                // The array is not changed before the next call, so its storage stays.
                unsafe input.block.withUnsafeBytes { unsafe block.pointee = $0.baseAddress }
                return input.block.count
            }, nil)
        if status != ARCHIVE_OK { throw failure() }
    }

    deinit { unsafe archive_read_free(archive) }

    /// The next header; skips the data of the one before. Nil at the end.
    package func next() throws -> Header? {
        var entry: OpaquePointer?
        // libarchive takes an ENOMEM that is left over from anything for a failure of its own.
        errno = 0
        let status = unsafe archive_read_next_header(archive, &entry)
        if status == ARCHIVE_EOF { return nil }
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry = unsafe entry else {
            throw failure()
        }
        func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
            guard let text = unsafe text else { return [] }
            return unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
        }
        var path = unsafe bytes(archive_entry_pathname(entry))
        if path.last == UInt8(ascii: "/") { path.removeLast() }
        let hardLink = unsafe bytes(archive_entry_hardlink(entry))
        return unsafe Header(
            path: path, type: hardLink.isEmpty ? archive_entry_filetype(entry) : 0,
            mode: archive_entry_perm(entry), userID: UInt32(clamping: archive_entry_uid(entry)),
            groupID: UInt32(clamping: archive_entry_gid(entry)),
            modified: PaxTime(
                seconds: archive_entry_mtime(entry), nanoseconds: archive_entry_mtime_nsec(entry)
            ).time,
            size: Int(archive_entry_size(entry)),
            linkTarget: hardLink.isEmpty ? bytes(archive_entry_symlink(entry)) : hardLink)
    }

    private func failure() -> any Error {
        if let error = input.error { return error }
        let message = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
        return ArchiveError.damaged(what: "tar", reason: message ?? "libarchive cannot read it")
    }
}

extension TarReader.Header {
    package static func == (a: Self, b: Self) -> Bool {
        isSameName(a.path, b.path) && a.type == b.type && a.mode == b.mode && a.userID == b.userID
            && a.groupID == b.groupID && a.modified == b.modified && a.size == b.size
            && isSameName(a.linkTarget, b.linkTarget)
    }

    private static func isSameName(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        if a == b { return true }
        guard let a = String(validating: a, as: UTF8.self) else { return false }
        return String(validating: b, as: UTF8.self) == a
    }

    /// What the header of an entry must say.
    package init(of entry: Entry) {
        var linkTarget: [UInt8] = []
        var type: UInt32 = S_IFREG
        switch entry.kind {
        case .file: break
        case .directory: type = S_IFDIR
        case .symbolicLink(let target): (type, linkTarget) = (S_IFLNK, target)
        case .hardLink(let target): (type, linkTarget) = (0, target)
        case .fifo: type = S_IFIFO
        case .characterDevice: type = S_IFCHR
        case .blockDevice: type = S_IFBLK
        }
        let mode = entry.attributes.reduce(entry.mode) { mode, attribute in
            PosixACL(attribute: attribute)?.permissions(mode) ?? mode
        }
        self.init(
            path: entry.path, type: type, mode: mode, userID: entry.userID,
            groupID: entry.groupID, modified: PaxTime(entry.modified).time, size: entry.size,
            linkTarget: linkTarget)
    }
}
