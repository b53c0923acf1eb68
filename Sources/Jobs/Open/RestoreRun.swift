import Archive
import Glibc
import Locking
import Pipeline
import Storage

/// Restores an archive, or a selection of it, into a directory.
///
///     catalog → plan → (decrypt → decompress → write) ∥ → links → directories
///
/// The catalog says where every byte belongs, so workers open and write whole chunks side by side, in
/// any order: within one huge file as well as across many small ones.
final class RestoreRun: Sendable {
    struct Result: Sendable {
        var entries = 0
        /// Files, links and devices that were there from an interrupted restore, and that were made.
        var kept = 0
        var made = 0
        var hasGoneOn = false
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
            case whole(WantedFile, data: Range<Int>)
            /// A piece of a file that goes beyond the chunk.
            case slice(any IncomingFile, Entry, chunkRange: Range<Int>, storedOffset: Int)
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
        private(set) var entries: [(entry: Entry, number: Int)] = []
        private var byteCount = 0
        private(set) var isComplete = true

        mutating func append(_ entry: Entry, _ number: Int) {
            guard isComplete else { return }
            byteCount += entry.path.count
            byteCount += entry.attributes.reduce(0) { $0 + $1.name.count + $1.value.count }
            if entries.count < Self.limit, byteCount < Self.byteLimit {
                return entries.append((entry, number))
            }
            (entries, isComplete) = ([], false)
        }
    }

    let archive: OpenArchive
    let selection: Selection
    let path: String
    let rules: RestoreRules
    let resumes: Bool
    let flow: Flow
    private let workers: Int
    private let progress: RunProgress
    private let result = Monitor(Result())
    private let unfinished = Monitor(Unfinished())
    /// Notes what is lost; nil where damage ends the run.
    private let losses: RestoreLosses?

    init(
        _ archive: OpenArchive, selection: Selection, into path: String, rules: RestoreRules,
        keepsGoing: Bool = false, resuming: Bool, workers: Int, progress: RunProgress, flow: Flow
    ) {
        self.archive = archive
        self.selection = selection
        self.path = path
        self.rules = rules
        losses =
            keepsGoing
            ? archive.damage.map { RestoreLosses($0, keepsFiles: rules.keepsDamagedFiles) } : nil
        resumes = resuming
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
        let renamed = try hardLinkSources()
        let start = try makeStart(root, renamed)
        do {
            return try restore(root, renamed, start)
        } catch {
            // A journal of nothing would only be in the way of the next restore.
            if let journal = start.journal, !start.goesOn,
                journal.isAlone || result.read({ $0.entries }) == 0
            {
                try? journal.remove()
            }
            throw error
        }
    }

    private func restore(
        _ root: FileDescriptor, _ renamed: [[UInt8]: [[UInt8]]], _ start: Start
    ) throws -> Result {
        let naming = FileNaming(root: root, path: path, rules: rules, journal: start.journal)
        do { try writeData(root, renamed, start, naming) } catch {
            // What is complete need not be made again.
            try? naming.nameAll()
            naming.discard()
            throw error
        }
        try finishTree(root, renamed, start)
        result.update {
            $0.made += naming.namedCount
            $0.hasGoneOn = start.goesOn
        }
        var total = result.read { $0 }
        if let losses { total.lost = losses.total }
        guard total.entries > 0 || losses?.isEmpty == false else {
            throw selection.foundNothing(in: archive)
        }
        // What was written may still be in memory only, and may fail on its way to the disk.
        try root.syncFileSystem(path)
        try start.journal?.remove()
        return total
    }

    // MARK: data

    private func writeData(
        _ root: FileDescriptor, _ renamed: [[UInt8]: [[UInt8]]], _ start: Start,
        _ naming: FileNaming
    ) throws {
        let planning = flow.makeMeter("plan")
        let meters = OpenWorker.Meters(flow)
        let writing = flow.makeMeter("write", at: .pool(OpenWorker.Meters.workers))
        let collecting = flow.makeMeter("collect")
        let giving = flow.makeMeter("name")
        let done: OrderedChannel<[RestoreProblem]> = flow.makeOrderedChannel(
            "restored", capacity: workers * 3, from: planning, to: collecting)
        let due: Channel<Void> = flow.makeChannel(
            "due", capacity: 1, from: collecting, to: giving)
        let maker = FileMaker(
            start: start, naming: naming, path: path, rules: rules, losses: losses)
        let path = path
        let (sizes, codec) = (archive.manifest.sizes, archive.codec)
        let pool = try flow.makeWorkers(workers, meter: StageMeter(OpenWorker.Meters.workers)) {
            (
                try OpenWorker(sizes: sizes, codec: codec, meters: meters),
                DirectoryCursor(root: root, path: path)
            )
        }
        flow.stage(planning) { [self] in
            try plan(root, renamed, maker) { task in
                let place = try done.reserve()
                pool.submit(.starting) { worker in
                    place.fulfil(try Self.write(task, worker.0, worker.1, maker, writing))
                }
            }
            done.finish()
            pool.finish()
        }
        flow.stage(collecting) { [self] in
            while let problems = try done.receive() {
                note(problems)
                if naming.isDue { try due.send(()) }
            }
            due.finish()
        }
        flow.stage(giving) {
            while try due.receive() != nil {
                if naming.isDue { try naming.nameAll() }
            }
            try naming.nameAll()
        }
        try flow.wait()
    }

    private static func write(
        _ task: Task, _ worker: OpenWorker, _ cursor: DirectoryCursor, _ maker: FileMaker,
        _ writing: StageMeter
    ) throws -> [RestoreProblem] {
        do {
            if let part = task.part {
                return try worker.open(task.chunk, of: part) { bytes in
                    try writing.measure { try write(task, bytes, cursor, maker, writing) }
                }
            }
        } catch let error as JobError where error.status == .integrity && maker.losses != nil {}
        return try write(task, nil, cursor, maker, writing)
    }

    /// `bytes` is nil where the chunk is lost.
    private static func write(
        _ task: Task, _ bytes: Span<UInt8>?, _ cursor: DirectoryCursor, _ maker: FileMaker,
        _ writing: StageMeter
    ) throws -> [RestoreProblem] {
        func fill(
            _ file: any IncomingFile, _ range: Range<Int>, at offset: Int
        ) throws -> [RestoreProblem] {
            guard let bytes else { return try file.lose(offset..<offset + range.count) }
            return try file.take(bytes.extracting(range), at: offset)
        }
        var problems: [RestoreProblem] = []
        for piece in task.pieces {
            switch piece {
            case .whole(let wanted, let data):
                let path = try EntryPath(wanted.entry.path)
                let parent = try cursor.parent(of: path, creating: false)
                problems += try RestoreLosses.making(wanted.entry, maker.losses) {
                    let file = try maker.make(wanted, named: path.name, in: parent)
                    return data.isEmpty ? try file.finishEmpty() : try fill(file, data, at: 0)
                }
                writing.count(bytesIn: data.count, bytesOut: data.count)
            case .slice(let file, let entry, let range, let offset):
                problems += try RestoreLosses.making(entry, maker.losses) {
                    try fill(file, range, at: offset)
                }
                writing.count(bytesIn: range.count, bytesOut: range.count)
            }
        }
        return problems
    }

    /// Walks the catalog and hands out the work of each chunk that is needed.
    private func plan(
        _ root: FileDescriptor, _ renamed: [[UInt8]: [[UInt8]]], _ maker: FileMaker,
        _ submit: (Task) throws -> Void
    ) throws {
        let tree = TreeRestorer(root: root, path: path, rules: rules)
        let plan = try ChunkPlan(archive)
        /// Files that go beyond the chunk they begin in, by where their data begins.
        var spanning: [Int: (file: any IncomingFile, entry: Entry)] = [:]
        try plan.forEach { chunk, entries in
            try flow.check()
            progress.add(tarBytes: chunk.tar.count)
            var pieces: [Task.Piece] = []
            for item in entries {
                let data = item.place.data
                if item.begins(in: chunk), item.entry.kind != .file {
                    unfinished.update { $0.append(item.entry, item.number) }
                }
                if item.begins(in: chunk),
                    let wanted = try begin(item, renamed, tree, maker.start)
                {
                    if chunk.tar.lowerBound <= data.lowerBound
                        && data.upperBound <= chunk.tar.upperBound
                    {
                        let start = data.lowerBound - chunk.tar.lowerBound
                        pieces.append(.whole(wanted, data: start..<start + data.count))
                        continue
                    }
                    let (parent, name) = try tree.makeParent(of: wanted.entry)
                    let problems = try RestoreLosses.making(wanted.entry, losses) {
                        let file = try maker.make(wanted, named: name, in: parent)
                        // Its header alone reaches into the next chunk.
                        if data.isEmpty { return try file.finishEmpty() }
                        spanning[data.lowerBound] = (file, wanted.entry)
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
        _ item: PlacedEntry, _ renamed: [[UInt8]: [[UInt8]]], _ tree: TreeRestorer, _ start: Start
    ) throws -> WantedFile? {
        let entry = item.entry
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
            if !isWanted, renamed[entry.path] != nil { progress.addContent(entry.size) }
            guard let entry = wanted(entry, renamed) else { return nil }
            let standing = try start.standing(of: entry, item.number, tree)
            if standing != .absent { result.update { $0.kept += 1 } }
            if standing == .whole { return nil }
            _ = try tree.makeParent(of: entry)
            return WantedFile(entry: entry, number: item.number, standing: standing)
        default: return nil
        }
    }

    // MARK: links and directories

    /// Makes links when all data is written; then gives directories their metadata, each when nothing
    /// beneath it will change any more.
    private func finishTree(
        _ root: FileDescriptor, _ renamed: [[UInt8]: [[UInt8]]], _ start: Start
    ) throws {
        let tree = TreeRestorer(root: root, path: path, rules: rules, journal: start.journal)
        try forEachUnfinished { item, number in
            guard let entry = wanted(item, renamed), entry.kind != .directory else { return }
            if start.goesOn, let journal = start.journal,
                let problems = try tree.keepSpecial(entry, number: number, in: journal)
            {
                result.update { $0.kept += 1 }
                return note(problems)
            }
            try makeSpecial(entry, number, tree)
        }
        var above: [Entry] = []
        try forEachUnfinished { entry, _ in
            guard entry.kind == .directory else { return }
            while let last = above.last, !entry.path.starts(with: last.path + [0x2f]) {
                note(try tree.finishDirectory(last))
                above.removeLast()
            }
            // Those on the way to what is wanted are ours only if nothing was there before.
            if try selection.includes(entry) || (start.ownsDirectories && tree.isThere(entry)) {
                above.append(entry)
            }
        }
        while let last = above.popLast() { note(try tree.finishDirectory(last)) }
    }

    /// A link to a file that is lost, or that the target did not take, is lost with it.
    private func makeSpecial(_ entry: Entry, _ number: Int, _ tree: TreeRestorer) throws {
        func make() throws {
            let problems = try RestoreLosses.making(entry, losses) {
                try tree.makeSpecial(entry, number: number)
            }
            note(problems)
            if !problems.contains(where: { $0.kind == .refused }) { result.update { $0.made += 1 } }
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

    /// What is not a file, with its number.
    private func forEachUnfinished(_ body: (Entry, Int) throws -> Void) throws {
        let known = unfinished.read { $0 }
        if known.isComplete {
            for (entry, number) in known.entries {
                try flow.check()
                try body(entry, number)
            }
            return
        }
        let catalog = try archive.readCatalog()
        while let record = try catalog.record(skipping: CatalogReader.filePrefix) {
            try flow.check()
            guard case .entry(let item) = record, item.entry.kind != .file else { continue }
            try body(item.entry, catalog.entryCount - 1)
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
