private import CLinux
private import Glibc
private import Synchronization

/// A file while it is restored: under a temporary name until its last byte and its metadata are there.
///
/// Workers write pieces of it side by side; whoever writes the last one gives it its name. A file that
/// is not finished disappears with its last reference.
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

    /// `number` makes the temporary name unique within the restore.
    package init(
        _ entry: Entry, name: [UInt8], in parent: FileDescriptor, number: Int, rules: RestoreRules
    ) throws(ArchiveError) {
        self.entry = entry
        self.parent = parent
        self.name = name
        self.rules = rules
        temporaryName = rules.temporaryName(number)
        var total = 0
        bytesBefore = entry.storedExtents.map { extent in
            defer { total += extent.count }
            return total
        }
        missing = Atomic(total)
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
        try forEachExtent(offset..<offset + bytes.count) {
            (range, position) throws(ArchiveError) in
            try write(bytes.extracting(range), toFileAt: position)
        }
        let left = missing.subtract(bytes.count, ordering: .acquiringAndReleasing).newValue
        return left == 0 ? try finish() : []
    }

    /// Gives a file without data its metadata and its name.
    package func finishEmpty() throws(ArchiveError) -> [RestoreProblem] {
        precondition(entry.storedByteCount == 0, "the file has no data to wait for")
        return try finish()
    }

    /// Splits a range of stored bytes by the extents it falls into: where in the piece, where in the
    /// file.
    private func forEachExtent(
        _ stored: Range<Int>, _ body: (Range<Int>, Int) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        let extents = entry.storedExtents
        var index = extentIndex(of: stored.lowerBound)
        while index < extents.count, bytesBefore[index] < stored.upperBound {
            let before = bytesBefore[index]
            let part = stored.clamped(to: before..<before + extents[index].count)
            if !part.isEmpty {
                let start = part.lowerBound - stored.lowerBound
                try body(
                    start..<start + part.count, extents[index].lowerBound + part.lowerBound - before
                )
            }
            index += 1
        }
    }

    /// The extent that holds a stored byte. A file may have as many extents as it has blocks.
    private func extentIndex(of storedOffset: Int) -> Int {
        var (low, high) = (0, bytesBefore.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if bytesBefore[middle] <= storedOffset { low = middle } else { high = middle }
        }
        return low
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
        let problems = rules.apply(entry, to: descriptor)
        try rules.rename(
            temporaryName, to: name, in: parent, path: entry.displayPath)
        isFinished.store(true, ordering: .releasing)
        return problems
    }
}
