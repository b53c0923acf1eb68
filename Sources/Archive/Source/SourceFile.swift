private import Synchronization
private import Glibc
private import SystemIO

/// A file while it is packed: open, of the size it had when its header was written.
///
/// Workers read pieces of it side by side. Whoever finishes the last piece looks whether it changed.
package final class SourceFile: Sendable {
    package let path: [UInt8]
    package let size: Int
    private let descriptor: FileDescriptor
    private let modified: Entry.Time
    private let unread: Atomic<Int>
    private let hasProblem = Atomic(false)

    init(path: [UInt8], descriptor: FileDescriptor, entry: Entry) {
        self.path = path
        self.descriptor = descriptor
        size = entry.size
        modified = entry.modified
        unread = Atomic(entry.storedByteCount)
    }

    /// Fills `bytes` from `offset` on; what cannot be read becomes zeroes. Says what went wrong
    /// (once for a file), and on the last piece whether it changed meanwhile.
    package func read(at offset: Int, into bytes: inout MutableSpan<UInt8>) -> ReadProblem? {
        let count = bytes.count
        let (filled, failure) = fill(&bytes, from: offset)
        var problem: ReadProblem?
        if filled < count, !hasProblem.exchange(true, ordering: .relaxed) {
            let end = offset + filled
            // Some files of the system are never as long as they say.
            problem =
                failure.map { noted(.unreadable, "\(systemMessage($0)) at byte \(end)") }
                ?? change() ?? noted(.shrank, "to \(end) of \(size) bytes")
        }
        let left = unread.subtract(count, ordering: .acquiringAndReleasing).newValue
        if left == 0, problem == nil, !hasProblem.load(ordering: .relaxed) { problem = change() }
        return problem
    }

    /// Leaves out a piece that nobody is going to read.
    package func pass(_ count: Int) { unread.subtract(count, ordering: .relaxed) }

    /// Has a look at a piece; what cannot be read becomes zeroes. To be read in earnest later.
    package func peek(at offset: Int, into bytes: inout MutableSpan<UInt8>) {
        _ = fill(&bytes, from: offset)
    }

    /// Reads as much as there is, and zeroes the rest. Returns how much that was, and why not more if
    /// not because the file ended.
    private func fill(
        _ bytes: inout MutableSpan<UInt8>, from offset: Int
    ) -> (count: Int, failure: Int32?) {
        let (filled, failure) = descriptor.read(at: offset, into: &bytes)
        unsafe bytes.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe memset(start + filled, 0, bytes.count - filled)
        }
        return (filled, failure == 0 ? nil : failure)
    }

    private func change() -> ReadProblem? {
        var now = stat()
        guard unsafe fstat(descriptor.number, &now) == 0 else { return nil }
        if Int(now.st_size) > size { return noted(.grew, "to \(now.st_size) from \(size) bytes") }
        if Int(now.st_size) < size { return noted(.shrank, "to \(now.st_size) of \(size) bytes") }
        let time = Entry.Time(seconds: now.st_mtim.tv_sec, nanoseconds: now.st_mtim.tv_nsec)
        return time == modified ? nil : .changed(path)
    }

    private func noted(_ kind: ReadProblem.Kind, _ detail: String) -> ReadProblem {
        ReadProblem(path: path, kind: kind, detail: detail)
    }
}
