import Archive
import Glibc
import Pipeline
import Storage
import Synchronization

/// Restores an archive, or a selection of it, into a directory.
///
///     catalog → plan → (decrypt → decompress → write) ∥ → links → directories
///
/// The catalog says where every byte belongs, so workers open and write whole chunks side by side, in
/// any order: within one huge file as well as across many small ones.
final class RestoreRun: Sendable {
    struct Result: Sendable {
        var entries = 0
        var problems: [RestoreProblem] = []
        var problemCount = 0
        var types: [FileTypeTotal] = []
        /// Of what was counted; none where a loss ends the run.
        var lost = RestoreLosses.Total()
    }

    /// One chunk's work.
    private struct Task: Sendable {
        enum Piece: Sendable {
            /// A file that lies within the chunk.
            case whole(Entry, data: Range<Int>, number: Int)
            /// A piece of a file that goes beyond the chunk.
            case slice(RestoredFile, Entry, chunkRange: Range<Int>, storedOffset: Int)
        }

        let chunk: ChunkRecord
        /// Nil where the part is lost.
        let part: OpenPart?
        var pieces: [Piece] = []
    }

    /// Entries that are finished when all data is written: all but files. As long as they are few they
    /// are remembered; of more, the catalog is read again.
    private struct Unfinished {
        static let limit = 20_000
        static let byteLimit = 16 << 20
        private(set) var entries: [Entry] = []
        private var byteCount = 0
        private(set) var isComplete = true

        mutating func append(_ entry: Entry) {
            guard isComplete else { return }
            byteCount += entry.path.count
            byteCount += entry.attributes.reduce(0) { $0 + $1.name.count + $1.value.count }
            if entries.count < Self.limit, byteCount < Self.byteLimit {
                return entries.append(entry)
            }
            (entries, isComplete) = ([], false)
        }
    }

    private let archive: OpenArchive
    private let selection: Selection
    private let path: String
    private let rules: RestoreRules
    private let workers: Int
    private let progress: RunProgress
    private let flow: Flow
    private let result = Monitor(Result())
    private let unfinished = Monitor(Unfinished())
    private let ownsDirectories = Atomic(false)
    /// Notes what is lost; nil where damage ends the run.
    private let losses: RestoreLosses?

    init(
        _ archive: OpenArchive, selection: Selection, into path: String, rules: RestoreRules,
        keepsGoing: Bool = false, workers: Int, progress: RunProgress, flow: Flow
    ) {
        self.archive = archive
        self.selection = selection
        self.path = path
        self.rules = rules
        losses =
            keepsGoing
            ? archive.damage.map { RestoreLosses($0, keepsFiles: rules.keepsDamagedFiles) } : nil
        self.workers = workers
        self.progress = progress
        self.flow = flow
    }

    func run() throws -> Result {
        if selection.isEverything {
            try archive.checkFiles()
            progress.expect(tarBytes: archive.manifest.totals.tar)
        }
        let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
        try checkVacancy(root)
        let renamed = try hardLinkSources()
        try writeData(root, renamed)
        try finishTree(root, renamed)
        var result = result.read { $0 }
        if let losses { result.lost = losses.total }
        guard result.entries > 0 || losses?.isEmpty == false else {
            throw selection.foundNothing(in: archive)
        }
        // What was written may still be in memory only, and may fail on its way to the disk.
        try root.syncFileSystem(path)
        return result
    }

    /// Refuses before anything is written where an entry would replace something.
    private func checkVacancy(_ root: FileDescriptor) throws {
        if try directoryIsEmpty(path) {
            return ownsDirectories.store(true, ordering: .relaxed)
        }
        let tree = TreeRestorer(root: root, path: path, rules: rules)
        let catalog = try archive.readCatalog()
        while let record = try catalog.record() {
            try flow.check()
            if case .entry(let item) = record, selection.includes(item.entry) {
                try tree.checkVacant(item.entry)
            }
        }
    }

    /// For hard links that are wanted while the file they point to is not: which names that file's
    /// data must get instead.
    private func hardLinkSources() throws -> [[UInt8]: [[UInt8]]] {
        if selection.isEverything { return [:] }
        var names: [[UInt8]: [[UInt8]]] = [:]
        let catalog = try archive.readCatalog()
        while let record = try catalog.record(skipping: CatalogReader.filePrefix) {
            guard case .entry(let item) = record, case .hardLink(let target) = item.entry.kind,
                selection.includes(item.entry)
            else { continue }
            var source = item.entry
            source.path = target
            if !selection.includes(source) { names[target, default: []].append(item.entry.path) }
        }
        return names
    }

    // MARK: data

    private func writeData(_ root: FileDescriptor, _ renamed: [[UInt8]: [[UInt8]]]) throws {
        let planning = flow.makeMeter("plan")
        let meters = OpenWorker.Meters(flow)
        let writing = flow.makeMeter("write", at: .pool(OpenWorker.Meters.workers))
        let collecting = flow.makeMeter("collect")
        let done: OrderedChannel<[RestoreProblem]> = flow.makeOrderedChannel(
            "restored", capacity: workers * 3, from: planning, to: collecting)
        let (path, rules, losses) = (path, rules, losses)
        let (sizes, codec) = (archive.manifest.sizes, archive.codec)
        let pool = flow.makeWorkers(workers, meter: StageMeter(OpenWorker.Meters.workers)) {
            (
                OpenWorker(sizes: sizes, codec: codec, meters: meters),
                DirectoryCursor(root: root, path: path)
            )
        }
        flow.stage(planning) { [self] in
            try plan(root, renamed) { task in
                let place = try done.reserve()
                pool.submit(.starting) { worker in
                    place.fulfil(
                        try Self.write(task, worker.0, worker.1, rules, losses, writing))
                }
            }
            done.finish()
            pool.finish()
        }
        flow.stage(collecting) { [self] in
            while let problems = try done.receive() { note(problems) }
        }
        try flow.wait()
    }

    private static func write(
        _ task: Task, _ worker: OpenWorker, _ cursor: DirectoryCursor, _ rules: RestoreRules,
        _ losses: RestoreLosses?, _ writing: StageMeter
    ) throws -> [RestoreProblem] {
        do {
            if let part = task.part {
                return try worker.open(task.chunk, of: part) { bytes in
                    try writing.measure { try write(task, bytes, cursor, rules, losses, writing) }
                }
            }
        } catch let error as JobError where error.status == .integrity && losses != nil {}
        return try write(task, nil, cursor, rules, losses, writing)
    }

    /// `bytes` is nil where the chunk is lost.
    private static func write(
        _ task: Task, _ bytes: Span<UInt8>?, _ cursor: DirectoryCursor, _ rules: RestoreRules,
        _ losses: RestoreLosses?, _ writing: StageMeter
    ) throws -> [RestoreProblem] {
        func fill(
            _ file: RestoredFile, _ range: Range<Int>, at offset: Int
        ) throws -> [RestoreProblem] {
            guard let bytes else { return try file.lose(offset..<offset + range.count) }
            return try file.write(bytes.extracting(range), at: offset)
        }
        var problems: [RestoreProblem] = []
        for piece in task.pieces {
            switch piece {
            case .whole(let entry, let data, let number):
                let path = try EntryPath(entry.path)
                let parent = try cursor.parent(of: path, creating: false)
                problems += try RestoreLosses.making(entry, losses) {
                    let file = try RestoredFile(
                        entry, name: path.name, in: parent, number: number, rules: rules,
                        reportHoles: { losses?.note(entry, $0) })
                    return data.isEmpty ? try file.finishEmpty() : try fill(file, data, at: 0)
                }
                writing.count(bytesIn: data.count, bytesOut: data.count)
            case .slice(let file, let entry, let range, let offset):
                problems += try RestoreLosses.making(entry, losses) {
                    try fill(file, range, at: offset)
                }
                writing.count(bytesIn: range.count, bytesOut: range.count)
            }
        }
        return problems
    }

    /// Walks the catalog and hands out the work of each chunk that is needed.
    private func plan(
        _ root: FileDescriptor, _ renamed: [[UInt8]: [[UInt8]]],
        _ submit: (Task) throws -> Void
    ) throws {
        let tree = TreeRestorer(root: root, path: path, rules: rules)
        let plan = try ChunkPlan(archive)
        /// Files that go beyond the chunk they begin in, by where their data begins.
        var spanning: [Int: (file: RestoredFile, entry: Entry)] = [:]
        var number = 0
        try plan.forEach { chunk, entries in
            try flow.check()
            progress.add(tarBytes: chunk.tar.count)
            var pieces: [Task.Piece] = []
            for item in entries {
                let data = item.place.data
                if item.begins(in: chunk), item.entry.kind != .file {
                    unfinished.update { $0.append(item.entry) }
                }
                if item.begins(in: chunk), let entry = try begin(item.entry, renamed, tree) {
                    number += 1
                    if chunk.tar.lowerBound <= data.lowerBound
                        && data.upperBound <= chunk.tar.upperBound
                    {
                        let start = data.lowerBound - chunk.tar.lowerBound
                        pieces.append(
                            .whole(entry, data: start..<start + data.count, number: number))
                        continue
                    }
                    let (parent, name) = try tree.makeParent(of: entry)
                    let problems = try RestoreLosses.making(entry, losses) {
                        let file = try RestoredFile(
                            entry, name: name, in: parent, number: number, rules: rules,
                            reportHoles: { [losses] in losses?.note(entry, $0) })
                        // Its header alone reaches into the next chunk.
                        if data.isEmpty { return try file.finishEmpty() }
                        spanning[data.lowerBound] = (file, entry)
                        return []
                    }
                    note(problems)
                }
                let range = data.clamped(to: chunk.tar)
                guard !range.isEmpty, let (file, entry) = spanning[data.lowerBound] else {
                    continue
                }
                let start = range.lowerBound - chunk.tar.lowerBound
                pieces.append(
                    .slice(
                        file, entry, chunkRange: start..<start + range.count,
                        storedOffset: range.lowerBound - data.lowerBound))
                if range.upperBound == data.upperBound { spanning[data.lowerBound] = nil }
            }
            guard !pieces.isEmpty else { return }
            plan.countTypes(of: chunk, entries)
            try submit(Task(chunk: chunk, part: part(of: chunk, plan), pieces: pieces))
        }
        result.update { $0.types = plan.typeTotals }
    }

    private func part(of chunk: ChunkRecord, _ plan: ChunkPlan) throws -> OpenPart? {
        do { return try plan.part(of: chunk) } catch let error as JobError
            where error.status == .integrity && losses != nil
        { return nil }
    }

    /// Prepares what an entry needs before its data; returns a file whose data is wanted, under the
    /// name it is wanted.
    private func begin(
        _ entry: Entry, _ renamed: [[UInt8]: [[UInt8]]], _ tree: TreeRestorer
    ) throws -> Entry? {
        let isWanted = selection.includes(entry)
        if isWanted {
            progress.addEntry(contentBytes: entry.size)
            result.update { $0.entries += 1 }
        }
        switch entry.kind {
        case .directory:
            if isWanted { try tree.makeDirectory(entry) }
            return nil
        case .file:
            var entry = entry
            // One copy under the first of the wanted links' names; the others link to it.
            if !isWanted {
                guard let name = renamed[entry.path]?.first else { return nil }
                entry.path = name
                progress.addContent(entry.size)
            }
            _ = try tree.makeParent(of: entry)
            return entry
        default: return nil
        }
    }

    // MARK: links and directories

    /// Makes links when all data is written; then gives directories their metadata, each when nothing
    /// beneath it will change any more.
    private func finishTree(
        _ root: FileDescriptor, _ renamed: [[UInt8]: [[UInt8]]]
    ) throws {
        let tree = TreeRestorer(root: root, path: path, rules: rules)
        try forEachUnfinished { item in
            var entry = item
            guard selection.includes(item) else {
                // What wanted links point to, under the first of their names.
                guard let name = renamed[item.path]?.first, item.kind != .directory else { return }
                entry.path = name
                return try makeSpecial(entry, tree)
            }
            if case .hardLink(let target) = entry.kind, let names = renamed[target],
                let first = names.first
            {
                if first == entry.path { return }
                entry.kind = .hardLink(target: first)
            }
            try makeSpecial(entry, tree)
        }
        var above: [Entry] = []
        try forEachUnfinished { entry in
            guard entry.kind == .directory else { return }
            while let last = above.last, !entry.path.starts(with: last.path + [0x2f]) {
                note(try tree.finishDirectory(last))
                above.removeLast()
            }
            // Those on the way to what is wanted are ours only if nothing was there before.
            let isOurs = ownsDirectories.load(ordering: .relaxed)
            if try selection.includes(entry) || (isOurs && tree.isThere(entry)) {
                above.append(entry)
            }
        }
        while let last = above.popLast() { note(try tree.finishDirectory(last)) }
    }

    /// A link to a file that is lost, or that the target did not take, is lost with it.
    private func makeSpecial(_ entry: Entry, _ tree: TreeRestorer) throws {
        func make() throws {
            note(try RestoreLosses.making(entry, losses) { try tree.makeSpecial(entry) })
        }
        guard let losses, case .hardLink(let target) = entry.kind else { return try make() }
        let problems = losses.problems(ofLink: entry, to: target)
        guard problems.isEmpty else { return note(problems) }
        let isLost = losses.has(target)
        guard !isLost || rules.keepsDamagedFiles else { return losses.note(linkTo: entry) }
        do {
            try make()
            if isLost { losses.note(linkTo: entry, isMade: true) }
        } catch ArchiveError.system(_, _, ENOENT) {
            losses.note(linkTo: entry)
        }
    }

    private func forEachUnfinished(_ body: (Entry) throws -> Void) throws {
        let known = unfinished.read { $0 }
        if known.isComplete {
            for entry in known.entries {
                try flow.check()
                try body(entry)
            }
            return
        }
        let catalog = try archive.readCatalog()
        while let record = try catalog.record(skipping: CatalogReader.filePrefix) {
            try flow.check()
            if case .entry(let item) = record { try body(item.entry) }
        }
    }

    private func note(_ problems: [RestoreProblem]) {
        guard !problems.isEmpty else { return }
        result.update { result in
            result.problemCount += problems.count
            result.problems += problems.prefix(
                max(0, RunProgress.problemLimit - result.problems.count))
        }
    }
}
