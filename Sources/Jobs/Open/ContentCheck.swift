import Archive
import Locking
import Pipeline
import Storage

/// Opens every chunk of an archive, or a sample, and holds its tar against its catalog.
///
///     catalog → plan → (decrypt → decompress) ∥ → compare
final class ContentCheck: Sendable {
    private enum Opened: Sendable {
        /// With the entries whose headers lie whole in it, where it is one of a sample.
        case tar(Buffer, at: Range<Int>, [PlacedEntry])
        case damaged(ChunkRecord, [PlacedEntry])
    }

    private let archive: OpenArchive
    private let workers: Int
    private let progress: RunProgress
    private let flow: Flow
    private let note: @Sendable (_ place: String, _ reason: String) -> Void
    private let share: Percentage
    private let digests: Bool
    private let result = Monitor(Result())

    struct Result: Sendable {
        var entries = 0
        var chunks = 0
        var opened = OpenedPlaintext()
    }

    /// `share` is how much is opened, chosen by chance; `digesting` whether to digest that; `note` gets
    /// what is found, but for parts and files, which the archive's own log is told.
    init(
        _ archive: OpenArchive, share: Percentage = .all, digesting: Bool = false, workers: Int,
        progress: RunProgress, flow: Flow,
        note: @escaping @Sendable (_ place: String, _ reason: String) -> Void
    ) {
        self.archive = archive
        self.share = share
        digests = digesting
        self.workers = workers
        self.progress = progress
        self.flow = flow
        self.note = note
    }

    /// Returns how many entries and chunks there are, and what was opened of them.
    func run() throws -> Result {
        let (sizes, codec) = (archive.manifest.sizes, archive.codec)
        let planning = flow.makeMeter("plan")
        let meters = OpenWorker.Meters(flow)
        let comparing = flow.makeMeter("compare")
        let opened: OrderedChannel<Opened> = flow.makeOrderedChannel(
            "opened", capacity: workers + 2, from: planning, to: comparing)
        let buffers = BufferPool(
            bufferByteCount: sizes.chunk, limit: workers + 2, in: flow, for: planning)
        let pool = try flow.makeWorkers(workers, meter: StageMeter(OpenWorker.Meters.workers)) {
            try OpenWorker(sizes: sizes, codec: codec, meters: meters)
        }
        flow.stage(planning) { [self] in
            let plan = try ChunkPlan(archive)
            let sample = DrillSample(
                share, of: archive.manifest.totals.tar, seed: .random(in: .min ... .max))
            var checkedPart: Int?
            try plan.forEach { chunk, entries in
                try flow.check()
                for item in entries where item.begins(in: chunk) {
                    progress.addEntry(contentBytes: item.entry.size)
                    result.update { $0.entries += 1 }
                }
                result.update { $0.chunks += 1 }
                guard sample.takes(chunk.tar) else { return }
                let headers = share == .all ? [] : entries.filter { $0.isHeaded(by: chunk) }
                progress.add(tarBytes: chunk.tar.count)
                let place = try opened.reserve()
                guard let part = try openPart(of: chunk, plan) else {
                    return place.fulfil(.damaged(chunk, entries))
                }
                let isNew = checkedPart != part.number
                checkedPart = part.number
                let buffer = try buffers.take()
                pool.submit(.starting) { [self] worker in
                    do {
                        if isNew { try worker.checkEnd(of: part) }
                        try worker.open(chunk, of: part) { buffer.append($0) }
                        place.fulfil(.tar(buffer, at: chunk.tar, headers))
                    } catch let error as JobError where error.status == .integrity {
                        note(error, at: part.path)
                        place.fulfil(.damaged(chunk, entries))
                    }
                }
            }
            opened.finish()
            pool.finish()
        }
        flow.stage(comparing) { [self] in
            let log = PlaintextLog(digesting: digests)
            let losses = LossesInOrder(archive.damage)
            if share == .all {
                try noting { try compare(opened, log, losses, comparing) }
            } else {
                try compareSample(opened, log, losses, comparing)
            }
            while let rest = try opened.receive() { losses.take(rest) }
            losses.finish()
            result.update { $0.opened = log.finish() }
        }
        do { try flow.wait() } catch let error as JobError where error.status == .integrity {
            note(error, at: archive.stored.path)
        }
        return result.read { $0 }
    }

    /// Goes on past damage, which is noted.
    private func noting(_ body: () throws -> Void) throws {
        do { try body() } catch let error as JobError where error.status == .integrity {
            note(error, at: archive.stored.path)
        } catch let error as ArchiveError {
            note(archive.stored.path, "\(error)")
        }
    }

    private func openPart(of chunk: ChunkRecord, _ plan: ChunkPlan) throws -> OpenPart? {
        let name = archive.codec.partName(chunk.part)
        do { return try plan.part(of: chunk) } catch let error as JobError
            where error.status == .integrity
        {
            note(error, at: "\(archive.stored.path)/\(name)")
            return nil
        }
    }

    private func note(_ error: JobError, at place: String) {
        note(place, error.reason(at: place))
    }

    /// Reads the tar as any program would and compares header after header. Behind damage there is
    /// nothing to compare.
    private func compare(
        _ opened: OrderedChannel<Opened>, _ log: PlaintextLog, _ losses: LossesInOrder,
        _ comparing: StageMeter
    ) throws {
        struct BehindDamage: Error {}
        let tar: TarReader
        do {
            tar = try TarReader {
                let next = try opened.receive()
                next.map(losses.take)
                switch next {
                case nil: return nil
                case .damaged: throw BehindDamage()
                case .tar(let buffer, let range, _):
                    comparing.count(bytesIn: buffer.count)
                    return buffer.withBytes { bytes in
                        log.add(bytes, at: range)
                        return unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
                    }
                }
            }
            let catalog = try archive.readCatalog()
            while let record = try catalog.record() {
                guard case .entry(let item) = record else { continue }
                try compare(tar, with: item.entry)
            }
            guard try tar.next() == nil else {
                throw JobError.integrity(archive.stored.path, "the tar has more than the catalog")
            }
        } catch is BehindDamage {
            return
        }
    }

    /// Compares the headers that lie whole in each chunk by itself.
    private func compareSample(
        _ opened: OrderedChannel<Opened>, _ log: PlaintextLog, _ losses: LossesInOrder,
        _ comparing: StageMeter
    ) throws {
        while let item = try opened.receive() {
            losses.take(item)
            guard case .tar(let buffer, let range, let entries) = item else { continue }
            comparing.count(bytesIn: buffer.count)
            buffer.withBytes { log.add($0, at: range) }
            guard let first = entries.first?.place.header.lowerBound else { continue }
            let start = first - range.lowerBound
            var tar: [UInt8]? = buffer.withBytes(start..<buffer.count) { bytes in
                unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
            }
            try noting {
                let reader = try TarReader { tar.take() }
                for item in entries { try compare(reader, with: item.entry) }
            }
        }
    }

    private func compare(_ tar: TarReader, with entry: Entry) throws {
        guard try tar.next() == TarReader.Header(of: entry) else {
            throw JobError.integrity(
                archive.stored.path,
                "the tar and the catalog disagree about '\(entry.displayPath)'")
        }
    }

    /// Turns chunks that are lost, which come in the order of the tar, into files with holes: no more
    /// than one file goes on from a chunk into the next. One thread's own.
    private final class LossesInOrder {
        private let log: DamageLog?
        private var current: (entry: Entry, holes: FileHoles)?

        init(_ log: DamageLog?) { self.log = log }

        func take(_ opened: Opened) {
            guard case .damaged(let chunk, let entries) = opened else { return }
            for item in entries {
                let lost = item.place.data.clamped(to: chunk.tar)
                guard !lost.isEmpty else { continue }
                if current?.entry.path != item.entry.path {
                    finish()
                    current = (item.entry, FileHoles())
                }
                let start = lost.lowerBound - item.place.data.lowerBound
                current?.holes.add(start..<start + lost.count, of: item.entry)
            }
        }

        func finish() {
            guard let current else { return }
            log?.note(
                DamageReport.File(path: current.entry.path, holes: current.holes, isKept: false))
            self.current = nil
        }
    }
}
