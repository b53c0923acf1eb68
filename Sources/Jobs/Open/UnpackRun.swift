import Archive
import Locking
import Pipeline

/// Opens an archive into the tar it was made from, in order.
///
///     catalog → plan → (decrypt → decompress) ∥ → write
final class UnpackRun: Sendable {
    enum Destination: Sendable { case stdout, discard }

    private let archive: OpenArchive
    private let selection: Selection
    private let decompresses: Bool
    private let destination: Destination
    private let workers: Int
    private let progress: RunProgress
    private let flow: Flow

    /// Without `decompressing` the bytes come as they are in the parts: zstd frames.
    init(
        _ archive: OpenArchive, selection: Selection, decompressing: Bool,
        to destination: Destination, workers: Int, progress: RunProgress, flow: Flow
    ) {
        self.archive = archive
        self.selection = selection
        decompresses = decompressing
        self.destination = destination
        self.workers = workers
        self.progress = progress
        self.flow = flow
    }

    /// Returns what was opened of each type of file.
    func run() throws -> [FileTypeTotal] {
        guard selection.isEverything || decompresses else {
            throw JobError(
                .usage, "a selection cannot be cut out of compressed data",
                hint: "add the stage 'decompress'")
        }
        if selection.isEverything {
            try archive.checkFiles()
            progress.expect(tarBytes: archive.manifest.totals.tar)
        }
        let (sizes, codec, isRaw) = (archive.manifest.sizes, archive.codec, !decompresses)
        let planning = flow.makeMeter("plan")
        let meters = OpenWorker.Meters(flow)
        let writing = flow.makeMeter("write")
        let opened: OrderedChannel<Buffer> = flow.makeOrderedChannel(
            "opened", capacity: workers + 2, from: planning, to: writing)
        let buffers = BufferPool(
            bufferByteCount: max(sizes.chunk, ChunkCompressor.bound(sizes.chunk)),
            limit: workers + 2, in: flow, for: planning)
        let pool = try flow.makeWorkers(workers, meter: StageMeter(OpenWorker.Meters.workers)) {
            try OpenWorker(sizes: sizes, codec: codec, meters: meters)
        }
        let types = Monitor<[FileTypeTotal]>([])
        flow.stage(planning) { [self] in
            let plan = try ChunkPlan(archive)
            try plan.forEach { chunk, entries in
                try flow.check()
                for item in entries where item.begins(in: chunk) && selection.includes(item.entry) {
                    try checkLink(item.entry)
                    progress.addEntry(contentBytes: item.entry.size)
                }
                let wanted =
                    selection.isEverything
                    ? [chunk.tar] : wantedRanges(of: chunk, entries)
                progress.add(tarBytes: chunk.tar.count)
                guard !wanted.isEmpty else { return }
                plan.countTypes(of: chunk, entries)
                let part = try plan.part(of: chunk)
                let place = try opened.reserve()
                let buffer = try buffers.take()
                pool.submit(.starting) { worker in
                    try worker.open(chunk, of: part, decompressing: !isRaw) { bytes in
                        if isRaw { return buffer.append(bytes) }
                        for range in wanted {
                            let start = range.lowerBound - chunk.tar.lowerBound
                            buffer.append(bytes.extracting(start..<start + range.count))
                        }
                    }
                    place.fulfil(buffer)
                }
            }
            types.update { $0 = plan.typeTotals }
            opened.finish()
            pool.finish()
        }
        flow.stage(writing) { [self] in
            while let buffer = try opened.receive() {
                writing.count(bytesIn: buffer.count, bytesOut: buffer.count)
                guard destination == .stdout else { continue }
                try writing.measure { try buffer.withBytes { try StandardOutput.write($0, flow) } }
            }
            if !selection.isEverything, destination == .stdout {
                let trailer = [UInt8](repeating: 0, count: TarHeaderWriter.trailerByteCount)
                try StandardOutput.write(trailer.span, flow)
            }
        }
        try flow.wait()
        guard progress.entries > 0 else { throw selection.foundNothing(in: archive) }
        return types.read { $0 }
    }

    /// A tar cannot hold a hard link without the file it names.
    private func checkLink(_ entry: Entry) throws {
        guard case .hardLink(let target) = entry.kind else { return }
        var source = entry
        source.path = target
        guard selection.includes(source) else {
            throw JobError(
                .usage, "'\(entry.displayPath)' is a hard link to what is not selected",
                hint: "select '\(source.displayPath)' too, or restore into a directory")
        }
    }

    /// The pieces of a chunk that belong to wanted entries; joined where they touch.
    private func wantedRanges(
        of chunk: ChunkRecord, _ entries: [PlacedEntry]
    ) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for item in entries where selection.includes(item.entry) {
            let range = (item.place.header.lowerBound..<item.place.end).clamped(to: chunk.tar)
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else if !range.isEmpty {
                ranges.append(range)
            }
        }
        return ranges
    }
}
