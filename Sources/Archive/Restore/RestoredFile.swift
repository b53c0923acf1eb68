private import CLinux
private import Glibc
private import Synchronization

/// A file while it is restored: under a temporary name, with its metadata when its last byte is there.
///
/// Workers write pieces of it side by side; whoever writes the last one hands it over to be named. A
/// file that is not finished disappears with its last reference, and so does one with a hole, unless
/// the rules keep it.
package final class RestoredFile: PiecedFile {
    let entry: Entry
    private let number: Int
    private let parent: FileDescriptor
    private let descriptor: FileDescriptor
    private let temporaryName: [UInt8]
    private let rules: RestoreRules
    let tally: PieceTally
    private let isFinished = Atomic(false)
    private let handOver: @Sendable (FinishedFile) -> Void
    private let reportHoles: @Sendable (FileHoles) -> Void

    /// `number` is that of the entry in its archive. `reportHoles` is told what could not be had of the
    /// file, when all else of it is written; `handOver` gets it when it is complete.
    package init(
        _ entry: Entry, number: Int, in parent: FileDescriptor, rules: RestoreRules,
        reportHoles: @escaping @Sendable (FileHoles) -> Void = { _ in },
        handOver: @escaping @Sendable (FinishedFile) -> Void
    ) throws(ArchiveError) {
        self.reportHoles = reportHoles
        self.handOver = handOver
        self.entry = entry
        self.number = number
        self.parent = parent
        self.rules = rules
        temporaryName = rules.temporaryName(number)
        tally = PieceTally(entry)
        let flags = O_WRONLY | O_CREAT | O_EXCL
        var opened = parent.openChild(temporaryName, flags, mode: 0o600)
        if opened == nil, errno == EEXIST {
            parent.removeChild(temporaryName)
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
        if !isFinished.load(ordering: .acquiring) { parent.removeChild(temporaryName) }
    }

    func meet(_ bytes: Span<UInt8>, at position: Int) throws(ArchiveError) {
        let failure = descriptor.write(bytes, at: position)
        guard failure == 0 else {
            throw .system(call: "write", path: entry.displayPath, errno: failure)
        }
    }

    func finish() throws(ArchiveError) -> [RestoreProblem] {
        let holes = tally.holes
        if !holes.isEmpty {
            reportHoles(holes)
            guard rules.keepsDamagedFiles else { return [] }
            // What is lost at the end is zeroes, too.
            if ftruncate(descriptor.number, off_t(entry.size)) != 0 {
                throw .system(call: "truncate", path: entry.displayPath, errno: errno)
            }
        }
        let problems = rules.apply(entry, to: descriptor)
        var status = stat()
        guard unsafe fstat(descriptor.number, &status) == 0 else {
            throw .system(call: "stat", path: entry.displayPath, errno: errno)
        }
        let isFlawless = problems.isEmpty && holes.isEmpty && rules.isApplied(entry, status)
        isFinished.store(true, ordering: .releasing)
        handOver(
            FinishedFile(
                path: entry.path, number: number, byteCount: entry.storedByteCount,
                device: UInt(status.st_dev), inode: UInt(status.st_ino), isFlawless: isFlawless))
        return problems
    }
}
