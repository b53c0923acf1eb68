import Archive
import Glibc
import Locking
import Pipeline

/// The first stage of a sealing run: what there is to seal becomes chunks.
extension SealRun {
    /// Hands out every chunk, filled but for what workers read themselves. One thread's work.
    func pack(
        from pool: BufferPool, _ submit: @escaping (ChunkDraft) throws -> Void
    ) throws {
        switch material {
        case .trees(let roots, let options): try packTrees(roots, options, pool, submit)
        case .file(let source, let name): try packFile(source, name, pool, submit)
        case .bytes(let source): try packBytes(source, pool, submit)
        }
    }

    private func packTrees(
        _ roots: [SourceWalker.Root], _ options: SourceWalker.Options, _ pool: BufferPool,
        _ submit: @escaping (ChunkDraft) throws -> Void
    ) throws {
        let stream = TarStream(
            pool: pool, chunkByteCount: settings.chunkByteCount,
            goingOnFrom: kept?.tarByteCount ?? 0, emit: submit)
        let sealed = kept.map(SealedEntries.init)
        let walker = SourceWalker(options: options) { entry, identity in
            guard let next = try sealed?.next, next.isSame(entry, identity) else { return false }
            return stream.isSealed(next.entry)
        } report: { [progress] problem in
            // What was met among the sealed entries is in their journal.
            guard stream.isPastSealed else { return }
            progress.note(problem)
            stream.note(problem)
        }
        var entries = 0
        var emptyRoots = 0
        let rootNames = Set(roots.map(\.name))
        try walker.walk(roots) { entry, identity, content, file in
            try flow.check()
            if let next = try sealed?.next {
                guard next.isSame(entry, identity) else { throw Self.moved(entry) }
                try sealed?.advance()
                if stream.isSealed(next.entry) {
                    stream.pass(next.entry)
                } else {
                    try stream.append(entry, identity, content: content, file: file)
                }
            } else {
                guard stream.isPastSealed else { throw Self.moved(entry) }
                try stream.append(entry, identity, content: content, file: file)
            }
            entries += 1
            if entry.kind == .directory, rootNames.contains(entry.path) { emptyRoots += 1 }
            progress.add(entry)
        }
        guard entries > emptyRoots else {
            throw JobError(
                .missing,
                "there is nothing to archive in \(roots.map(\.path).joined(separator: ", "))",
                hint: "check that the source is mounted and that 'exclude' leaves something")
        }
        if let missing = try sealed?.next { throw Self.moved(missing.entry.entry) }
        try stream.finish()
        finishPacking(entries: entries, tarByteCount: stream.byteCount, types: stream.types)
    }

    private static func moved(_ entry: Entry) -> JobError {
        JobError(
            .failed, "'\(entry.displayPath)' changed while an unfinished run was taken up",
            hint: "run the job again: it goes on from what did not change")
    }

    /// The header of a tar entry states its size, which is known only at the end. So the header is a
    /// chunk of its own, the only one of part 0, and sealed last.
    private func packFile(
        _ source: any StreamSource, _ name: String, _ pool: BufferPool,
        _ submit: @escaping (ChunkDraft) throws -> Void
    ) throws {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        var entry = Entry(
            path: Array(name.utf8), kind: .file, mode: 0o600, userID: getuid(), groupID: getgid(),
            modified: Entry.Time(seconds: now.tv_sec, nanoseconds: now.tv_nsec))
        var types = FileTypes()
        let type = types.add(entry)
        var header: [UInt8] = []
        try TarHeaderWriter().write(entry, to: &header)
        let data = TarStream(
            pool: pool, chunkByteCount: settings.chunkByteCount, startingAt: header.count,
            type: type, emit: submit)
        try source.read(flow) { bytes in
            try data.append(bytes)
            entry.size += bytes.count
        }
        guard entry.size > 0 else {
            throw JobError(
                .missing, "\(source.description) gave no data", hint: "nothing was archived")
        }
        try data.pad(after: entry.size)
        try data.finish()
        let head = TarStream(pool: pool, chunkByteCount: settings.chunkByteCount, type: type) {
            draft in
            var draft = draft
            draft.isHead = true
            try submit(draft)
        }
        try head.appendHeader(of: entry, expecting: header.count)
        try head.flush()
        progress.add(entry)
        types.add(contentBytes: entry.size, to: type)
        finishPacking(entries: 1, tarByteCount: data.byteCount, types: types)
    }

    private func packBytes(
        _ source: any StreamSource, _ pool: BufferPool,
        _ submit: @escaping (ChunkDraft) throws -> Void
    ) throws {
        let stream = TarStream(pool: pool, chunkByteCount: settings.chunkByteCount, emit: submit)
        try source.read(flow) { bytes in
            try stream.append(bytes)
            progress.addContent(bytes.count)
        }
        try stream.flush()
        finishPacking(entries: 0, tarByteCount: stream.byteCount, types: nil)
    }

    /// `types` is nil where no file is known.
    private func finishPacking(entries: Int, tarByteCount: Int, types: FileTypes?) {
        result.update { result in
            result.entries = entries
            result.tarByteCount = tarByteCount
            result.fileTypes = types
        }
    }
}
