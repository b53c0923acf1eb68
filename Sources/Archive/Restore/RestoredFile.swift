private import CLinux
private import Glibc
private import Locking
private import Synchronization

/// A file while it is restored: under a temporary name until its last byte and its metadata are there.
///
/// Workers write pieces of it side by side; whoever writes the last one gives it its name. A file that
/// is not finished disappears with its last reference, and so does one with a hole, unless the rules
/// keep it.
package final class RestoredFile: Sendable {
    private let entry: Entry
    private let parent: FileDescriptor
    private let descriptor: FileDescriptor
    private let temporaryName: [UInt8]
    private let name: [UInt8]
    private let rules: RestoreRules
    /// How many stored bytes lie before each extent.
    private let bytesBefore: [Int]
    private let missing: Atomic<Int>
    private let isFinished = Atomic(false)
    private let holes = Locked(FileHoles())
    private let reportHoles: @Sendable (FileHoles) -> Void

    /// `number` makes the temporary name unique within the restore. `reportHoles` is told what could
    /// not be had of the file, when all else of it is written.
    package init(
        _ entry: Entry, name: [UInt8], in parent: FileDescriptor, number: Int, rules: RestoreRules,
        reportHoles: @escaping @Sendable (FileHoles) -> Void = { _ in }
    ) throws(ArchiveError) {
        self.reportHoles = reportHoles
        self.entry = entry
        self.parent = parent
        self.name = name
        self.rules = rules
        temporaryName = rules.temporaryName(number)
        bytesBefore = entry.storedBytesBeforeExtents
        missing = Atomic(entry.storedByteCount)
        let flags = O_WRONLY | O_CREAT | O_EXCL
        var opened = parent.openChild(temporaryName, flags, mode: 0o600)
        if opened == nil, errno == EEXIST {
            unsafe withName(temporaryName) { _ = unsafe unlinkat(parent.number, $0, 0) }
            opened = parent.openChild(temporaryName, flags, mode: 0o600)
        }
        guard let opened else {
            throw .system(call: "create", path: entry.displayPath, errno: errno)
        }
        descriptor = opened
        if entry.extents != nil, ftruncate(opened.number, off_t(entry.size)) != 0 {
            throw .system(call: "truncate", path: entry.displayPath, errno: errno)
        }
    }

    deinit {
        if !isFinished.load(ordering: .acquiring) {
            unsafe withName(temporaryName) { _ = unsafe unlinkat(parent.number, $0, 0) }
        }
    }

    /// Writes a piece of the stored data, counted from the first stored byte, and finishes the file
    /// with the last one. Returns what metadata could not be restored.
    package func write(_ bytes: Span<UInt8>, at offset: Int) throws(ArchiveError)
        -> [RestoreProblem]
    {
        try entry.forEachExtent(offset..<offset + bytes.count, bytesBefore: bytesBefore) {
            (range, position) throws(ArchiveError) in
            try write(bytes.extracting(range), toFileAt: position)
        }
        let left = missing.subtract(bytes.count, ordering: .acquiringAndReleasing).newValue
        return left == 0 ? try finish() : []
    }

    /// Leaves a piece of the stored data out, for it is lost; the file has a hole there from now on.
    package func lose(_ stored: Range<Int>) throws(ArchiveError) -> [RestoreProblem] {
        let (entry, bytesBefore) = (entry, bytesBefore)
        holes.withValue { $0.add(stored, of: entry, bytesBefore: bytesBefore) }
        let left = missing.subtract(stored.count, ordering: .acquiringAndReleasing).newValue
        return left == 0 ? try finish() : []
    }

    /// Gives a file without data its metadata and its name.
    package func finishEmpty() throws(ArchiveError) -> [RestoreProblem] {
        precondition(entry.storedByteCount == 0, "the file has no data to wait for")
        return try finish()
    }

    private func write(_ bytes: Span<UInt8>, toFileAt position: Int) throws(ArchiveError) {
        let failed = unsafe bytes.withUnsafeBytes { bytes -> Int32 in
            var done = 0
            while done < bytes.count {
                let put = unsafe pwrite(
                    descriptor.number, bytes.baseAddress?.advanced(by: done), bytes.count - done,
                    off_t(position + done))
                if put > 0 {
                    done += put
                } else if put == 0 {
                    return ENOSPC
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
        guard failed == 0 else {
            throw .system(call: "write", path: entry.displayPath, errno: failed)
        }
    }

    private func finish() throws(ArchiveError) -> [RestoreProblem] {
        let holes = holes.withValue { $0 }
        if !holes.isEmpty {
            reportHoles(holes)
            guard rules.keepsDamagedFiles else { return [] }
            // What is lost at the end is zeroes, too.
            if ftruncate(descriptor.number, off_t(entry.size)) != 0 {
                throw .system(call: "truncate", path: entry.displayPath, errno: errno)
            }
        }
        let problems = rules.apply(entry, to: descriptor)
        try rules.rename(
            temporaryName, to: name, in: parent, path: entry.displayPath)
        isFinished.store(true, ordering: .releasing)
        return problems
    }
}
