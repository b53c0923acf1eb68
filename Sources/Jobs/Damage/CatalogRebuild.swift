import Archive
import Envelope
import LibCrypto
import Pipeline
import Storage

/// Makes the catalog of an archive that has lost it, from the tar in its parts.
///
/// The chunks are found first, then decompressed one after the other, and what `TarScanner` finds in
/// them becomes the lines of a catalog, in a file without a name.
struct CatalogRebuild {
    struct Found {
        let catalog: (file: StoredFile, message: String)
        let entries: Int
        let contentByteCount: Int
        let tarByteCount: Int
        let largestChunk: Int
    }

    let identity: ArchiveIdentity
    let codec: Manifest.Codec
    let parts: PartFinder
    /// The ids of the parts' messages, in order; empty where a part is not known.
    let wanted: [PartFinder.Wanted]
    let frameByteCount: Int
    /// What the manifest says; nil where it is lost.
    let manifest: Manifest?
    let directory: String
    let workers: OpenWorker.Meters
    let flow: Flow

    func run() throws -> Found {
        let chunkByteCount = manifest?.sizes.chunk
        let worker = try OpenWorker(
            sizes: Manifest.Sizes(
                chunk: chunkByteCount ?? ChunkSearch.largestChunk, frame: frameByteCount, part: 0),
            codec: codec, meters: workers)
        var search = ChunkSearch(
            codec: codec, chunkByteCount: chunkByteCount, worker: worker, flow: flow)
        for (number, part) in wanted.enumerated() {
            do {
                try search.search(parts.openPart(number, dataKey: identity.dataKey.secret))
            } catch let error as JobError where error.status == .integrity {
                search.lose(part: number, plaintextByteCount: part.plaintextByteCount)
            }
        }
        let scratch = try ScratchFile(in: directory)
        let catalog = try CatalogWriter(
            archiveID: identity.archiveID, codec: codec, dataKey: identity.dataKey.secret,
            wrappedKeys: identity.claim.wrappedKeys, context: identity.claim.context, in: scratch)
        var lines = Lines(catalog, limit: manifest?.totals.entries ?? .max)
        var open: OpenPart?
        for piece in search.pieces(ofTar: manifest?.totals.tar) {
            try flow.check()
            try lines.begin(part: piece.part, wanted)
            guard let byteCount = piece.tarByteCount, !piece.isLost else {
                try lines.lose(piece)
                continue
            }
            if open?.number != piece.part {
                open = try parts.openPart(piece.part, dataKey: identity.dataKey.secret)
            }
            guard let part = open else { continue }
            let chunk = ChunkRecord(
                part: piece.part, stored: piece.stored,
                tar: lines.tarByteCount..<lines.tarByteCount + byteCount)
            do {
                try worker.open(chunk, of: part) { try lines.take(chunk, $0) }
            } catch let error as JobError where error.status == .integrity {
                try lines.lose(piece)
            }
        }
        try lines.begin(part: wanted.count - 1, wanted)
        try lines.finish()
        return Found(
            catalog: (
                try scratch.stored(as: "\(parts.copies[0].stored.path)/\(CatalogWriter.name)"),
                catalog.message
            ), entries: lines.entries, contentByteCount: lines.contentByteCount,
            tarByteCount: lines.tarByteCount, largestChunk: lines.largestChunk)
    }

    /// The lines of a catalog, in its order: each chunk is followed by the entries that begin in it.
    private struct Lines {
        private let catalog: CatalogWriter
        private var scanner: TarScanner
        /// Lines that wait until it is known which entries begin in the chunks before them.
        private var waiting: [CatalogRecord] = []
        private var parts = 0
        private var chunks = 0
        private(set) var entries = 0
        private(set) var contentByteCount = 0
        private(set) var tarByteCount = 0
        private(set) var largestChunk = 1

        init(_ catalog: CatalogWriter, limit: Int) {
            self.catalog = catalog
            scanner = TarScanner(limit: limit)
        }

        /// Names the parts up to this one.
        mutating func begin(part number: Int, _ wanted: [PartFinder.Wanted]) throws {
            while parts <= number {
                waiting.append(
                    .part(PartRecord(number: parts, message: wanted[parts].message)))
                parts += 1
            }
        }

        mutating func take(_ chunk: ChunkRecord, _ bytes: Span<UInt8>) throws {
            largestChunk = max(largestChunk, chunk.tar.count)
            append(chunk)
            // A copy, for the closure changes the rest.
            var scanner = scanner
            try scanner.take(bytes) { item, start in
                try flush(upTo: start)
                try catalog.append(.entry(item))
                entries += 1
                contentByteCount += item.entry.size
            }
            self.scanner = scanner
            try flush(upTo: scanner.nextStart)
        }

        mutating func lose(_ piece: ChunkSearch.Piece) throws {
            let count = scanner.lose(piece.tarByteCount)
            guard count > 0 else { return }
            append(
                ChunkRecord(
                    part: piece.part, stored: piece.stored,
                    tar: tarByteCount..<tarByteCount + count))
            try flush(upTo: scanner.nextStart)
        }

        mutating func finish() throws {
            // The tar ends too early where its last parts are gone and nothing tells of them.
            if scanner.missing > 0 {
                let count = scanner.lose(nil)
                append(
                    ChunkRecord(
                        part: max(parts - 1, 0), stored: 1 << 50..<1 << 50 + 1,
                        tar: tarByteCount..<tarByteCount + count))
            }
            try flush(upTo: .max)
            _ = try catalog.finish(
                CatalogEnd(entries: entries, chunks: chunks, tarByteCount: tarByteCount))
        }

        private mutating func append(_ chunk: ChunkRecord) {
            waiting.append(.chunk(chunk))
            chunks += 1
            tarByteCount = chunk.tar.upperBound
        }

        private mutating func flush(upTo start: Int) throws {
            while let first = waiting.first {
                if case .chunk(let chunk) = first, chunk.tar.lowerBound > start { return }
                try catalog.append(first)
                waiting.removeFirst()
            }
        }
    }
}
