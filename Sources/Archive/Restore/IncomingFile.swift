private import Locking
private import Synchronization

/// A file whose stored data comes in pieces, from several workers at once and in any order.
package protocol IncomingFile: Sendable {
    /// Takes a piece, counted from the first stored byte; with the last one the file is finished.
    /// Returns what metadata could not be restored.
    func take(_ bytes: Span<UInt8>, at offset: Int) throws(ArchiveError) -> [RestoreProblem]

    /// Leaves a piece out, for it is lost.
    func lose(_ stored: Range<Int>) throws(ArchiveError) -> [RestoreProblem]

    /// Finishes a file that has no data.
    func finishEmpty() throws(ArchiveError) -> [RestoreProblem]
}

/// A file that counts its pieces and finishes with the last one, whatever it does with each.
protocol PiecedFile: IncomingFile {
    var entry: Entry { get }
    var tally: PieceTally { get }

    /// Does with a run of data, at its place in the file, what the file is for.
    func meet(_ bytes: Span<UInt8>, at position: Int) throws(ArchiveError)

    /// Called once, when nothing is to come any more.
    func finish() throws(ArchiveError) -> [RestoreProblem]
}

extension PiecedFile {
    package func take(_ bytes: Span<UInt8>, at offset: Int) throws(ArchiveError)
        -> [RestoreProblem]
    {
        try entry.forEachExtent(offset..<offset + bytes.count, bytesBefore: tally.bytesBefore) {
            (range, position) throws(ArchiveError) in
            try meet(bytes.extracting(range), at: position)
        }
        return tally.take(bytes.count) ? try finish() : []
    }

    package func lose(_ stored: Range<Int>) throws(ArchiveError) -> [RestoreProblem] {
        tally.lose(stored, of: entry) ? try finish() : []
    }

    package func finishEmpty() throws(ArchiveError) -> [RestoreProblem] {
        precondition(entry.storedByteCount == 0, "the file has no data to wait for")
        return try finish()
    }
}

/// What of a file's stored data is still to come, and what of it is lost.
final class PieceTally: Sendable {
    /// How many stored bytes lie before each extent.
    let bytesBefore: [Int]
    private let missing: Atomic<Int>
    private let lost = Monitor(FileHoles())

    init(_ entry: Entry) {
        bytesBefore = entry.storedBytesBeforeExtents
        missing = Atomic(entry.storedByteCount)
    }

    /// Counts a piece that came; whether it was the last one.
    func take(_ count: Int) -> Bool {
        missing.subtract(count, ordering: .acquiringAndReleasing).newValue == 0
    }

    /// Counts a piece that is lost; whether it was the last one.
    func lose(_ stored: Range<Int>, of entry: Entry) -> Bool {
        lost.update { $0.add(stored, of: entry, bytesBefore: bytesBefore) }
        return take(stored.count)
    }

    /// What is lost so far.
    var holes: FileHoles { lost.read { $0 } }
}
