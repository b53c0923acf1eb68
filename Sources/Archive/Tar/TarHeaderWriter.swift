private import CLibArchive
private import Glibc

/// Writes the tar header of one entry after another, through libarchive's pax format.
///
/// The data of an entry is not its business: whoever packs puts `storedByteCount` bytes behind the
/// header and zeroes up to the next 512. So data goes from the file into its chunk without passing
/// through libarchive.
/// Source: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "PAX Format, Version 1.0"
/// (sparse files); archive_write(3).
@safe
package final class TarHeaderWriter {
    package static let blockByteCount = 512
    /// What ends a tar: two blocks of zeroes.
    package static let trailerByteCount = 1024

    /// Collects what libarchive writes, while it writes a header; drops the rest, or refuses it.
    private final class Output {
        enum State { case listening, dropping, refusing }
        var bytes: [UInt8] = []
        var state = State.dropping
    }

    private let output = Output()
    private var archive: OpaquePointer?
    private let entry: OpaquePointer

    package init() {
        precondition(TarLocale.isSet, "glibc carries the C.UTF-8 locale")
        guard let entry = unsafe archive_entry_new() else {
            preconditionFailure("no memory for a tar entry")
        }
        unsafe self.entry = entry
    }

    deinit {
        abandon()
        unsafe archive_entry_free(entry)
    }

    /// Appends the header blocks of `entry`, with the map of a sparse file, to `bytes`.
    package func write(_ entry: Entry, to bytes: inout [UInt8]) throws(ArchiveError) {
        let archive = try unsafe open()
        fill(entry)
        output.bytes.removeAll(keepingCapacity: true)
        output.state = .listening
        // libarchive takes an ENOMEM that is left over from anything for a failure of its own.
        errno = 0
        let status = unsafe archive_write_header(archive, self.entry)
        // The map of a sparse file comes with the first data, even if that is none.
        if entry.extents != nil { _ = unsafe archive_write_data(archive, [UInt8](), 0) }
        output.state = .dropping
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, !output.bytes.isEmpty else {
            let message = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
            abandon()
            throw .library(message ?? "libarchive cannot write its header", path: entry.displayPath)
        }
        bytes += output.bytes
        // libarchive now writes zeroes for the data it was not given, which nobody listens to. Where
        // that would take a while, a new writer is cheaper.
        if entry.storedByteCount > 1 << 20 || entry.extents != nil {
            abandon()
        } else if unsafe archive_write_finish_entry(archive) < ARCHIVE_WARN {
            abandon()
        }
    }

    private func open() throws(ArchiveError) -> OpaquePointer {
        if let archive = unsafe archive { return unsafe archive }
        guard let archive = unsafe archive_write_new() else {
            preconditionFailure("no memory for a tar writer")
        }
        unsafe self.archive = archive
        let context = unsafe Unmanaged.passUnretained(output).toOpaque()
        let ready =
            unsafe archive_write_set_format_pax(archive) == ARCHIVE_OK
            && archive_write_set_format_option(archive, "pax", "xattrheader", "SCHILY")
                == ARCHIVE_OK
            && archive_write_set_bytes_per_block(archive, 0) == ARCHIVE_OK
            && archive_write_open(
                archive, context, nil,
                { _, context, bytes, count in
                    guard let context = unsafe context, let bytes = unsafe bytes else { return 0 }
                    let output = unsafe Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
                    switch output.state {
                    case .listening:
                        unsafe output.bytes.append(
                            contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
                    case .dropping: break
                    case .refusing: return -1
                    }
                    return count
                }, nil) == ARCHIVE_OK
        guard ready else { throw .library("libarchive offers no pax writer", path: "tar") }
        return unsafe archive
    }

    /// Frees the writer without letting it finish its entry: what it would write is refused at once. A
    /// writer that is made to fail (archive_write_fail) would be freed without its output's memory.
    private func abandon() {
        guard let archive = unsafe archive else { return }
        output.state = .refusing
        unsafe archive_write_free(archive)
        output.state = .dropping
        unsafe self.archive = nil
    }

    private func fill(_ value: Entry) {
        unsafe archive_entry_clear(entry)
        unsafe withCString(value.path) { unsafe archive_entry_copy_pathname(entry, $0) }
        unsafe archive_entry_set_perm(entry, value.mode)
        unsafe archive_entry_set_uid(entry, Int64(value.userID))
        unsafe archive_entry_set_gid(entry, Int64(value.groupID))
        unsafe withCString(value.userName) { unsafe archive_entry_copy_uname(entry, $0) }
        unsafe withCString(value.groupName) { unsafe archive_entry_copy_gname(entry, $0) }
        let modified = PaxTime(value.modified)
        unsafe archive_entry_set_mtime(
            entry, time_t(modified.seconds), modified.nanoseconds)
        unsafe archive_entry_set_size(entry, Int64(value.size))
        var type: UInt32 = S_IFREG
        switch value.kind {
        case .file: break
        case .directory: type = S_IFDIR
        case .symbolicLink(let target):
            type = S_IFLNK
            unsafe withCString(target) { unsafe archive_entry_copy_symlink(entry, $0) }
        case .hardLink(let target):
            unsafe withCString(target) { unsafe archive_entry_copy_hardlink(entry, $0) }
        case .fifo: type = S_IFIFO
        case .characterDevice(let device), .blockDevice(let device):
            if case .characterDevice = value.kind { type = S_IFCHR } else { type = S_IFBLK }
            unsafe archive_entry_set_rdevmajor(entry, dev_t(device.major))
            unsafe archive_entry_set_rdevminor(entry, dev_t(device.minor))
        }
        unsafe archive_entry_set_filetype(entry, type)
        for attribute in value.attributes {
            if let list = PosixACL(attribute: attribute) {
                unsafe list.add(to: entry)
            } else {
                unsafe withCString(attribute.name) { name in
                    unsafe archive_entry_xattr_add_entry(
                        entry, name, attribute.value, attribute.value.count)
                }
            }
        }
        if let extents = value.extents {
            // libarchive takes a first extent of no bytes for a file that is one hole.
            if extents.isEmpty { unsafe archive_entry_sparse_add_entry(entry, 0, 0) }
            for extent in extents {
                unsafe archive_entry_sparse_add_entry(
                    entry, Int64(extent.lowerBound), Int64(extent.count))
            }
        }
    }

    private func withCString(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Void) {
        var terminated = bytes
        terminated.append(0)
        unsafe terminated.withUnsafeBytes { terminated in
            guard let start = terminated.baseAddress else { return }
            unsafe body(start.assumingMemoryBound(to: CChar.self))
        }
    }
}
