import Archive
import Pipeline

/// Lays entries behind one another as a tar and cuts it into chunks. One thread's own.
///
/// What is small is copied into the chunk's buffer at once. Of larger files only the place is noted:
/// reading them is the workers' work, so one huge file keeps all of them busy.
final class TarStream {
    private let pool: BufferPool
    private let chunkByteCount: Int
    private let emit: (ChunkDraft) throws -> Void
    private let headers = TarHeaderWriter()
    private var header: [UInt8] = []
    private var draft: ChunkDraft?
    /// Catalog lines of the draft; outside it, so that they grow in place.
    private var lines: [UInt8] = []
    private var identities: [FileIdentity] = []
    /// The files so far, by type; of whose bytes a chunk consists, see `TypeBytes`.
    private(set) var types = FileTypes()
    private var type: FileTypes.Index
    private var runs: [TypeBytes.Run] = []
    private(set) var byteCount = 0
    /// What lies before was sealed by an earlier run and is left out.
    private let sealedByteCount: Int

    /// `pool` gives buffers of a chunk each; `emit` gets each chunk when it is full. `type` is that of
    /// bytes that are appended without an entry. What lies before `sealedByteCount` is not emitted.
    init(
        pool: BufferPool, chunkByteCount: Int, startingAt offset: Int = 0,
        goingOnFrom sealedByteCount: Int = 0,
        type: FileTypes.Index = FileTypes.noFile,
        emit: @escaping (ChunkDraft) throws -> Void
    ) {
        self.pool = pool
        self.chunkByteCount = chunkByteCount
        self.type = type
        self.emit = emit
        byteCount = offset
        self.sealedByteCount = sealedByteCount
    }

    /// Whether all that comes next is new.
    var isPastSealed: Bool { byteCount >= sealedByteCount }

    /// Whether an entry that comes next was sealed with all of its data.
    func isSealed(_ entry: CatalogEntry) -> Bool {
        TarPlace(of: entry, at: byteCount).end <= sealedByteCount
    }

    /// Steps over an entry that was sealed.
    func pass(_ entry: CatalogEntry) {
        byteCount = TarPlace(of: entry, at: byteCount).end
        _ = types.add(entry.entry)
    }

    /// Appends an entry with its data: `content`, or pieces of `file`.
    func append(
        _ entry: Entry, _ identity: FileIdentity, content: Span<UInt8>, file: SourceFile?
    ) throws {
        header.removeAll(keepingCapacity: true)
        try headers.write(entry, to: &header)
        if isPastSealed {
            CatalogLine.append(
                .entry(CatalogEntry(entry: entry, headerByteCount: header.count)), to: &lines)
            identities.append(identity)
        }
        type = types.add(entry)
        let bytes = header
        try append(bytes.span)
        if let file {
            for extent in entry.storedExtents { try append(file, extent) }
        } else {
            try append(content)
        }
        try pad(after: entry.storedByteCount)
    }

    /// Notes in the catalog, beside the entries, what went wrong before anything could be packed.
    func note(_ problem: ReadProblem) {
        CatalogLine.append(.note(problem), to: &lines)
    }

    /// Appends the header of an entry whose data was laid down before, behind as many bytes of header.
    func appendHeader(of entry: Entry, expecting count: Int) throws {
        header.removeAll(keepingCapacity: true)
        try headers.write(entry, to: &header)
        guard header.count == count else {
            throw JobError(.failed, "the tar header of '\(entry.displayPath)' changed its length")
        }
        CatalogLine.append(
            .entry(CatalogEntry(entry: entry, headerByteCount: count)), to: &lines)
        let bytes = header
        try append(bytes.span)
    }

    func append(_ bytes: Span<UInt8>) throws {
        var offset = min(bytes.count, max(0, sealedByteCount - byteCount))
        byteCount += offset
        while offset < bytes.count {
            let buffer = try currentBuffer()
            let count = min(bytes.count - offset, chunkByteCount - buffer.count)
            buffer.append(bytes.extracting(offset..<offset + count))
            offset += count
            try advance(count)
        }
    }

    /// Fills the last block of data with zeroes.
    func pad(after count: Int) throws {
        let block = TarHeaderWriter.blockByteCount
        try append([UInt8](repeating: 0, count: (block - count % block) % block).span)
    }

    /// Ends the tar and hands out the last chunk.
    func finish() throws {
        type = FileTypes.noFile
        try append([UInt8](repeating: 0, count: TarHeaderWriter.trailerByteCount).span)
        try flush()
    }

    /// Hands out what there is of the current chunk.
    func flush() throws {
        guard var draft, draft.count > 0 else { return }
        self.draft = nil
        draft.lines = exchange(&lines, with: [])
        draft.identities = exchange(&identities, with: [])
        draft.types = exchange(&runs, with: [])
        lines.reserveCapacity(draft.lines.count)
        try emit(draft)
    }

    private func append(_ file: SourceFile, _ extent: Range<Int>) throws {
        let sealed = min(extent.count, max(0, sealedByteCount - byteCount))
        var offset = extent.lowerBound + sealed
        byteCount += sealed
        file.pass(sealed)
        while offset < extent.upperBound {
            let buffer = try currentBuffer()
            let start = buffer.count
            let count = min(extent.upperBound - offset, chunkByteCount - start)
            draft?.fills.append(
                ChunkDraft.Fill(range: start..<start + count, file: file, fileOffset: offset))
            buffer.count += count
            offset += count
            try advance(count)
        }
    }

    private func currentBuffer() throws -> Buffer {
        if let draft { return draft.buffer }
        let buffer = try pool.take()
        draft = ChunkDraft(buffer: buffer, tarOffset: byteCount)
        return buffer
    }

    private func advance(_ count: Int) throws {
        byteCount += count
        if runs.last?.type == type {
            runs[runs.count - 1].tarBytes += count
        } else {
            runs.append(TypeBytes.Run(type: type, tarBytes: count))
        }
        if draft?.count == chunkByteCount { try flush() }
    }
}
