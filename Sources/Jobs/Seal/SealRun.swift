import Archive
import Envelope
import LibCrypto
import Locking
import OKMS
import Pipeline
import Storage

/// Packs, compresses and encrypts: the pipeline of every run that seals.
///
///     pack → compress ∥ → frame → encrypt ∥ → store → digest → publish
///
/// `pack`, `frame`, `store` and `publish` are a thread each; what is marked ∥ runs on all workers, and
/// `digest` on one of them at a time.
/// Between two stages lies a bounded channel, and every buffer comes from a bounded pool, so memory
/// does not grow with the data.
final class SealRun: Sendable {
    /// Where the parts go.
    enum Destination: Sendable {
        case archive(PartialArchive)
        /// One message, as it is made, to standard output.
        case stdout
        case discard
    }

    /// What is packed.
    enum Material: Sendable {
        case trees([SourceWalker.Root], SourceWalker.Options)
        /// Bytes of unknown number as one file of a tar.
        case file(any StreamSource, name: String)
        /// Bytes as they are, without a tar around them.
        case bytes(any StreamSource)

        /// Whether a run that was killed can be continued by another one.
        var canBeReadAgain: Bool {
            if case .trees = self { true } else { false }
        }
    }

    struct Settings: Sendable {
        let chunkByteCount: Int
        /// Nil where nothing is compressed.
        let compressionLevel: Int?
        let frameByteCount: Int
        let partByteCount: Int
        let workers: Int
        /// Of what is thrown away, a sample may be enough.
        var sample = ChunkSample.all
    }

    struct Result: Sendable {
        var parts: [Manifest.File] = []
        var catalog: Manifest.File?
        var entries = 0
        var tarByteCount = 0
        /// What was packed of each type of file, and their bytes; nil where no file is known.
        var fileTypes: FileTypes?
        var typeBytes = TypeBytes()

        var typeTotals: [FileTypeTotal] { fileTypes?.totals(with: typeBytes) ?? [] }
    }

    private enum Sealed: Sendable {
        case frame(Buffer, FrameDraft)
        case endOfPart(PartInProgress, byteCount: Int)

        var isEndOfPart: Bool {
            if case .endOfPart = self { true } else { false }
        }
    }

    let settings: Settings
    let material: Material
    private let destination: Destination
    /// Nil where nothing is encrypted: then what was packed goes out as it is.
    private let key: ArchiveKey?
    private let archiveID: String
    /// Parts of an earlier run that was not finished; this one goes on behind them.
    let kept: KeptParts?
    let progress: RunProgress
    let flow: Flow
    let result = Monitor(Result())
    private let meters: Meters

    init(
        _ material: Material, to destination: Destination, settings: Settings, key: ArchiveKey?,
        archiveID: String, goingOnFrom kept: KeptParts? = nil, progress: RunProgress, flow: Flow
    ) {
        self.kept = kept
        self.material = material
        self.destination = destination
        self.settings = settings
        self.key = key
        self.archiveID = archiveID
        self.progress = progress
        self.flow = flow
        meters = Meters(flow)
    }

    /// The stages in the order in which data goes through them.
    struct Meters {
        static let workers = "workers"
        let pack: StageMeter
        let read: StageMeter
        let compress: StageMeter
        let frame: StageMeter
        let encrypt: StageMeter
        let store: StageMeter
        let digest: StageMeter
        let publish: StageMeter

        init(_ flow: Flow) {
            pack = flow.makeMeter("pack")
            read = flow.makeMeter("read", at: .pool(Self.workers))
            compress = flow.makeMeter("compress", at: .pool(Self.workers))
            frame = flow.makeMeter("frame")
            encrypt = flow.makeMeter("encrypt", at: .pool(Self.workers))
            store = flow.makeMeter("store")
            digest = flow.makeMeter("digest", at: .pool(Self.workers))
            publish = flow.makeMeter("publish")
        }
    }

    /// The parts that will outlast this process, whatever happens; none where the material cannot be
    /// read again.
    var finishedParts: [Manifest.File] {
        guard material.canBeReadAgain else { return [] }
        return (kept?.files ?? []) + result.read { $0.parts }
    }

    private var codec: Manifest.Codec { settings.compressionLevel == nil ? .none : .zstd }

    private var archive: PartialArchive? {
        if case .archive(let archive) = destination { archive } else { nil }
    }

    /// The most memory that buffers and compressors of a run take.
    static func bufferByteCount(_ settings: Settings) -> Int {
        let counts = BufferCounts(workers: settings.workers)
        let chunk = settings.chunkByteCount
        let frame = settings.frameByteCount + FrameLayout.finalOverhead
        let isCompressed = settings.compressionLevel != nil
        return (isCompressed ? counts.chunks : counts.chunks + 2) * chunk
            + (isCompressed ? counts.packed * ChunkCompressor.bound(chunk) : 0)
            + counts.frames * 2 * frame
            + settings.workers
            * (settings.compressionLevel.map { ChunkCompressor.byteCount(level: $0) } ?? 0)
    }

    private struct BufferCounts {
        let chunks: Int
        let packed: Int
        let frames: Int

        init(workers: Int) {
            chunks = workers + 2
            packed = workers + 3
            frames = workers * 2 + 2
        }
    }

    /// Runs until everything is stored. Throws the first error of any stage.
    func run() throws -> Result {
        let counts = BufferCounts(workers: settings.workers)
        let isCompressed = codec == .zstd
        let chunkPool = BufferPool(
            bufferByteCount: settings.chunkByteCount,
            limit: isCompressed ? counts.chunks : counts.chunks + 2, in: flow, for: meters.pack)
        let packedPool = BufferPool(
            bufferByteCount: ChunkCompressor.bound(settings.chunkByteCount), limit: counts.packed,
            in: flow, for: meters.pack)
        let gatherPool = BufferPool(
            bufferByteCount: settings.frameByteCount, limit: counts.frames, in: flow,
            for: meters.frame)
        let framePool = BufferPool(
            bufferByteCount: settings.frameByteCount + FrameLayout.finalOverhead,
            limit: counts.frames, in: flow, for: meters.frame)
        let packed: OrderedChannel<PackedChunk> = flow.makeOrderedChannel(
            "packed", capacity: counts.packed, from: meters.pack, to: meters.frame)
        let sealed: OrderedChannel<Sealed> = flow.makeOrderedChannel(
            "sealed", capacity: counts.frames, from: meters.frame, to: meters.store)
        let finished: Channel<(PartInProgress, Manifest.File)> = flow.makeChannel(
            "finished", capacity: 2, from: meters.digest, to: meters.publish)
        let level = settings.compressionLevel
        let workers = try flow.makeWorkers(settings.workers, meter: StageMeter(Meters.workers)) {
            [meters] in
            SealWorker(compressionLevel: level, meters: meters)
        }

        flow.stage(meters.pack) { [self] in
            var chunks = 0
            try pack(from: chunkPool) { [meters, settings] draft in
                defer { chunks += 1 }
                guard settings.sample.takes(chunks) else { return }
                meters.pack.count(bytesOut: draft.count)
                let place = try packed.reserve()
                let output = isCompressed ? try packedPool.take() : nil
                workers.submit(.starting) { worker in
                    place.fulfil(try worker.pack(draft, into: output))
                }
            }
            packed.finish()
        }
        flow.stage(meters.frame) { [self] in
            guard let key else {
                try pass(packed)
                return sealed.finish()
            }
            try frame(packed, key, gather: gatherPool) { draft in
                let place = try sealed.reserve()
                let output = try framePool.take()
                workers.submit(.finishing) { worker in
                    try worker.seal(draft, into: output)
                    place.fulfil(.frame(output, draft))
                }
            } end: { part, byteCount in
                try sealed.reserve().fulfil(.endOfPart(part, byteCount: byteCount))
            }
            sealed.finish()
        }
        let isKept = archive != nil
        flow.stage(meters.store) { [self] in
            let digests = Strand(on: workers)
            while let item = try sealed.receive() {
                try meters.store.measure { try store(item) }
                // Where nothing is kept, nobody asks for a digest.
                guard isKept || item.isEndOfPart else { continue }
                digests.submit { [self] in
                    if let done = digest(item) { try finished.send(done) }
                }
            }
            digests.submit { finished.finish() }
            // Not after a failure: others still submit, until that has stopped them.
            workers.finish()
        }
        flow.stage(meters.publish) { [self] in
            while let (part, file) = try finished.receive() {
                try meters.publish.measure {
                    try part.file?.publish()
                    try part.journal?.publish(file)
                }
                meters.publish.count(bytesIn: file.length, bytesOut: file.length)
                result.update { $0.parts.append(file) }
            }
        }
        try flow.wait()
        return result.read { result in
            var result = result
            result.parts += kept?.files ?? []
            result.parts.sort { ($0.name.utf8.count, $0.name) < ($1.name.utf8.count, $1.name) }
            return result
        }
    }

    // MARK: frame

    private func frame(
        _ packed: OrderedChannel<PackedChunk>, _ key: ArchiveKey, gather: BufferPool,
        submit: @escaping (FrameDraft) throws -> Void,
        end: @escaping (PartInProgress, _ byteCount: Int) throws -> Void
    ) throws {
        var isStream = false
        if case .file = material { isStream = true }
        let catalog = try CatalogWriter(
            archiveID: archiveID, codec: codec, key: key, in: archive)
        var part: PartInProgress?
        // Its line, as long as no chunk of it has been noted.
        var begun: PartRecord?
        let framer = Framer(
            settings: Framer.Settings(
                codec: codec, key: key, frameByteCount: settings.frameByteCount,
                partByteCount: settings.partByteCount,
                firstPart: isStream ? 1 : kept?.files.count ?? 0, goesOn: kept != nil),
            gather: gather,
            begin: { [self] number in
                let new = try begin(number, key)
                (part, begun) = (new, new.record)
                return new
            }, submit: submit, end: end)
        // The head of a stream comes last but stands first in the catalog.
        var waiting: [CatalogRecord] = []
        var chunks = 0
        var typeBytes = TypeBytes()
        if let kept { chunks = try catalog.append(kept, &typeBytes, progress) }
        while let chunk = try packed.receive() {
            progress.add(tarBytes: chunk.tar.count)
            meters.frame.count(bytesIn: chunk.payload.count, bytesOut: chunk.payload.count)
            typeBytes.add(chunk.types, storedBytes: chunk.payload.count)
            for problem in chunk.problems { progress.note(problem) }
            let record = try framer.append(chunk)
            try part?.journal?.append(record, chunk)
            chunks += 1
            let records = (begun.map { [.part($0)] } ?? []) + [CatalogRecord.chunk(record)]
            begun = nil
            if isStream && !chunk.isHead {
                waiting += records
                continue
            }
            for record in records { try catalog.append(record) }
            try catalog.append(lines: chunk.lines)
            for problem in chunk.problems { try catalog.append(.note(problem)) }
        }
        for record in waiting { try catalog.append(record) }
        try framer.finish()
        // The part of an archive that holds nothing.
        if let begun { try catalog.append(.part(begun)) }
        let (entries, tarByteCount) = result.read { ($0.entries, $0.tarByteCount) }
        let file = try catalog.finish(
            CatalogEnd(entries: entries, chunks: chunks, tarByteCount: tarByteCount))
        result.update { result in
            result.catalog = file
            result.typeBytes = typeBytes
        }
    }

    private func begin(_ number: Int, _ key: ArchiveKey) throws -> PartInProgress {
        let part = try PartInProgress(
            number: number, codec: codec, key: key, frameByteCount: settings.frameByteCount,
            in: archive, isJournaled: material.canBeReadAgain)
        let header = part.header
        try part.file?.write(header.span, at: 0)
        return part
    }

    private func pass(_ packed: OrderedChannel<PackedChunk>) throws {
        var typeBytes = TypeBytes()
        while let chunk = try packed.receive() {
            progress.add(tarBytes: chunk.tar.count)
            typeBytes.add(chunk.types, storedBytes: chunk.payload.count)
            for problem in chunk.problems { progress.note(problem) }
            try meters.store.measure {
                progress.add(storedBytes: chunk.payload.count)
                meters.store.count(bytesIn: chunk.payload.count, bytesOut: chunk.payload.count)
                guard case .stdout = destination else { return }
                try chunk.payload.withBytes { try StandardOutput.write($0, flow) }
            }
        }
        result.update { $0.typeBytes = typeBytes }
    }

    // MARK: store

    /// Writes one frame behind the last. One thread writes a file: several would wait for its lock.
    private func store(_ item: Sealed) throws {
        guard case .frame(let buffer, let frame) = item else { return }
        progress.add(storedBytes: buffer.count)
        meters.store.count(bytesIn: buffer.count, bytesOut: buffer.count)
        if let file = frame.part.file {
            try buffer.withBytes { try file.write($0, at: frame.offset) }
            file.startWriteback(frame.offset..<frame.offset + buffer.count)
        } else if case .stdout = destination {
            let header = frame.part.header
            if frame.sequence == 1 { try StandardOutput.write(header.span, flow) }
            try buffer.withBytes { try StandardOutput.write($0, flow) }
        }
    }

    // MARK: digest

    /// Adds a frame to its part's digest; describes the part after its last one.
    private func digest(_ item: Sealed) -> (PartInProgress, Manifest.File)? {
        switch item {
        case .frame(let buffer, let frame):
            let header = frame.part.header
            frame.part.digest.update { digest in
                if frame.sequence == 1 { digest.update(header.span) }
                meters.digest.measure { buffer.withBytes { digest.update($0) } }
            }
            meters.digest.count(bytesIn: buffer.count)
            return nil
        case .endOfPart(let part, let byteCount):
            let file = Manifest.File(
                name: part.name, message: part.keys.messageID.bytes, length: byteCount,
                sha256: part.digest.update { $0.finish() })
            return (part, file)
        }
    }
}
