private import Glibc

/// A file without a name, gone when the last reference dies: for what a run has to set aside.
package final class ScratchFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// `directory` is where its bytes lie.
    package init(in directory: String) throws(StorageError) {
        var template = Array("\(directory)/.sealpipe-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&template)
        guard descriptor >= 0 else { throw .failed("create a file", directory) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let number = unsafe unlink(template) == 0 ? 0 : errno
        self.descriptor = descriptor
        path = directory
        if number != 0 { throw .system(call: "unlink", path: directory, errno: number) }
    }

    deinit { close(descriptor) }

    package func write(_ bytes: Span<UInt8>, at offset: Int) throws(StorageError) {
        try writeAll(bytes, to: descriptor, at: offset, path)
    }

    /// What was written, for reading; `name` is what messages call it.
    package func stored(as name: String) throws(StorageError) -> StoredFile {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .failed("duplicate", path) }
        return try StoredFile(adopting: copy, path: name)
    }
}
