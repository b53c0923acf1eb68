import Archive
import Pipeline

/// A chunk of the tar on its way to a worker: filled but for what lies in larger files, which the
/// worker reads into place itself.
struct ChunkDraft: Sendable {
    /// A piece of a file that is still missing.
    struct Fill: Sendable {
        let range: Range<Int>
        let file: SourceFile
        let fileOffset: Int
    }

    let buffer: Buffer
    var fills: [Fill] = []
    /// Catalog lines of the entries whose headers begin here.
    var lines: [UInt8] = []
    /// Of those entries, in their order.
    var identities: [FileIdentity] = []
    /// Whose bytes they are, by the type of the file.
    var types: [TypeBytes.Run] = []
    /// Where the chunk begins in the tar.
    let tarOffset: Int
    /// The chunk that goes into part 0, because it could be written only when all else was known.
    var isHead = false

    var count: Int { buffer.count }

    /// The piece of a file that is all of the chunk, if one is.
    var onlyFill: Fill? {
        guard fills.count == 1, let fill = fills.first, fill.range == 0..<count else { return nil }
        return fill
    }
}

/// A chunk as it is stored.
struct PackedChunk: Sendable {
    /// A whole zstd frame; or the chunk as it was, where nothing is compressed.
    let payload: Buffer
    let tar: Range<Int>
    let lines: [UInt8]
    let identities: [FileIdentity]
    let types: [TypeBytes.Run]
    let problems: [ReadProblem]
    let isHead: Bool
}
