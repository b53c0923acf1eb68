private import CLinux
private import Glibc

/// A file that is there already when an interrupted restore goes on, and of which nobody knows that it
/// was left alone: compared with what it must hold, byte for byte, and never written.
///
/// Any difference throws `changed`. Bytes that are lost in the archive cannot be compared; the file
/// stays, and they are reported.
package final class ComparedFile: PiecedFile {
    private static let blockByteCount = 64 << 10

    let entry: Entry
    private let number: Int
    /// For messages.
    private let path: String
    private let descriptor: FileDescriptor
    private let identity: FileIdentity
    private let rules: RestoreRules
    private let journal: RestoreJournal
    private let isFlawed: Bool
    let tally: PieceTally
    private let reportHoles: @Sendable (FileHoles) -> Void

    /// `isFlawed`: whether the file may lack metadata, which it is given once more.
    package init(
        _ entry: Entry, number: Int, name: [UInt8], in parent: FileDescriptor, path: String,
        rules: RestoreRules, journal: RestoreJournal, isFlawed: Bool,
        reportHoles: @escaping @Sendable (FileHoles) -> Void = { _ in }
    ) throws(ArchiveError) {
        self.entry = entry
        self.number = number
        self.path = path
        self.rules = rules
        self.journal = journal
        self.isFlawed = isFlawed
        self.reportHoles = reportHoles
        tally = PieceTally(entry)
        // Where a rename to a free name takes two steps, there may be both names.
        parent.removeChild(rules.temporaryName(number))
        guard let file = parent.openChild(name, O_RDONLY | O_NONBLOCK) else {
            throw .system(call: "open", path: path, errno: errno)
        }
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else {
            throw .system(call: "stat", path: path, errno: errno)
        }
        descriptor = file
        identity = FileIdentity(status)
        var failure: Int32 = 0
        let isAlike =
            status.st_mode & S_IFMT == S_IFREG && Int(status.st_size) == entry.size
            && (isFlawed
                || rules.isApplied(entry, status)
                    && rules.isApplied(entry, file.attributes { failure = $0 }))
        guard failure == 0 else {
            throw .system(call: "read attributes", path: path, errno: failure)
        }
        guard isAlike else { throw .changed(path: path) }
    }

    func finish() throws(ArchiveError) -> [RestoreProblem] {
        try compareHoles()
        let holes = tally.holes
        if !holes.isEmpty { reportHoles(holes) }
        guard isFlawed else {
            if holes.isEmpty { try journal.noteWhole([(number, identity)]) }
            return []
        }
        return rules.apply(entry, to: descriptor)
    }

    /// What is no data of the archive is zeroes.
    private func compareHoles() throws(ArchiveError) {
        guard let extents = entry.extents else { return }
        let zeroes = [UInt8](repeating: 0, count: Self.blockByteCount)
        var position = 0
        for extent in extents + [entry.size..<entry.size] {
            while position < extent.lowerBound {
                let data = Int(lseek(descriptor.number, off_t(position), linux_SEEK_DATA))
                // Nothing but a hole up to the end.
                if data < 0, errno == ENXIO { return }
                position = max(position, data)
                let count = min(zeroes.count, extent.lowerBound - position)
                guard count > 0 else { break }
                try meet(zeroes.span.extracting(0..<count), at: position)
                position += count
            }
            position = extent.upperBound
        }
    }

    func meet(_ expected: Span<UInt8>, at position: Int) throws(ArchiveError) {
        var done = 0
        while done < expected.count {
            let count = min(Self.blockByteCount, expected.count - done)
            var block = [UInt8](repeating: 0, count: count)
            var span = block.mutableSpan
            let (got, failure) = descriptor.read(at: position + done, into: &span)
            guard failure == 0 else { throw .system(call: "read", path: path, errno: failure) }
            guard got == count, block.indices.allSatisfy({ block[$0] == expected[done + $0] })
            else { throw .changed(path: path) }
            done += count
        }
    }
}
