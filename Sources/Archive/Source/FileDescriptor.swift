private import CLinux
package import Glibc
private import SystemIO

/// An open file of the system, closed when the last reference dies.
/// Source: open(2), openat(2), close(2).
package final class FileDescriptor: Sendable {
    package let number: Int32

    /// Takes over a descriptor that nobody else closes.
    package init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens a path as it stands, following symbolic links.
    package static func open(
        _ path: String, _ flags: Int32, mode: mode_t = 0
    ) throws(ArchiveError) -> FileDescriptor {
        let number = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw .system(call: "open", path: path, errno: errno) }
        return FileDescriptor(number)
    }

    /// Makes all durable that was written to the file system it lies on. Throws also what went wrong with
    /// bytes that the system took and could not write. Source: syncfs(2).
    package func syncFileSystem(_ path: String) throws(ArchiveError) {
        guard linux_sync_file_system(number) == 0 else {
            throw .system(call: "sync", path: path, errno: errno)
        }
    }

    /// Opens one component of a path; nil, with `errno` set, where the system refuses.
    func openChild(_ name: [UInt8], _ flags: Int32, mode: mode_t = 0) -> FileDescriptor? {
        let number = unsafe withName(name) { name in
            unsafe openat(self.number, name, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        }
        return number >= 0 ? FileDescriptor(number) : nil
    }

    /// What is known of a child itself, never of what it points to; nil, with `errno` set, where there
    /// is none.
    func status(ofChild name: [UInt8]) -> stat? {
        var status = stat()
        let found = unsafe withName(name) {
            unsafe fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW)
        }
        return found == 0 ? status : nil
    }

    /// Where a symbolic link points; nil, with `errno` set, where it cannot be read.
    func target(ofLink name: [UInt8]) -> [UInt8]? {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe withName(name) { name in
            unsafe target.withUnsafeMutableBufferPointer { target in
                unsafe target.withMemoryRebound(to: CChar.self) { target in
                    guard let start = target.baseAddress else { return 0 }
                    return unsafe readlinkat(number, name, start, target.count)
                }
            }
        }
        return count < 0 ? nil : Array(target.prefix(count))
    }

    /// Removes a child that is no directory, if it is there.
    func removeChild(_ name: [UInt8]) {
        unsafe withName(name) { _ = unsafe unlinkat(number, $0, 0) }
    }

    /// Writes all the bytes; returns 0, or the number of an error.
    func write(_ bytes: Span<UInt8>, at offset: Int) -> Int32 {
        Transfer.write(bytes, to: number, at: offset)
    }

    /// Fills `bytes` as far as the file goes; returns how far, and the number of an error or 0.
    func read(at offset: Int, into bytes: inout MutableSpan<UInt8>) -> (count: Int, failure: Int32)
    {
        Transfer.read(number, at: offset, into: &bytes)
    }
}

/// Lends a name as a C string.
func withName<R>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> R) -> R {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: name.count + 1) { buffer in
        for index in name.indices { unsafe buffer[index] = CChar(bitPattern: name[index]) }
        unsafe buffer[name.count] = 0
        guard let start = buffer.baseAddress else {
            preconditionFailure("a buffer of at least one byte has an address")
        }
        return unsafe body(start)
    }
}
