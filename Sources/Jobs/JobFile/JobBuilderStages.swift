/// The stages of a job, and the sizes that have to fit each other.
extension JobBuilder {
    private func stageEntries() -> [(kind: StageKind, position: Position, value: JobNode?)] {
        (root["stages"]?.items ?? []).compactMap { item in
            guard let (key, value) = choice(item, of: StageKind.allCases.map(\.rawValue)),
                let kind = StageKind(rawValue: key)
            else { return nil }
            return (kind, item.entry(key)?.keyPosition ?? item.position, value)
        }
    }

    private func place(_ key: String, _ keys: [String]) -> (key: String, position: Position)? {
        guard let node = root[key], let (found, _) = choice(node, of: keys) else { return nil }
        return (found, node.entry(found)?.keyPosition ?? node.position)
    }

    mutating func stages() -> Stages? {
        let entries = stageEntries()
        let isComplete = entries.count == (root["stages"]?.items ?? []).count
        // A stage that is not understood may be the very one that seems to be missing.
        if isComplete, root["stages"]?.isUnknown != true {
            StageRules(
                stages: entries.map { .init(kind: $0.kind, position: $0.position) },
                input: place("input", Self.inputs), output: place("output", Self.outputs),
                fallback: root.position
            ).check(&findings)
        }
        let chunk = chunkSize(entries)
        let frame =
            size(entries, .encrypt, "frame")
            ?? (Stages.Encryption.defaultFrameByteCount, root.position)
        let part = size(entries, .encrypt, "part")
        let partByteCount = part?.byteCount ?? Stages.Encryption.defaultPartByteCount
        if entries.contains(where: { $0.kind == .encrypt }) {
            for (other, name) in [(frame, "frame"), (chunk, "chunk")]
            where partByteCount < other.byteCount {
                findings.error(
                    .outOfRange, at: part?.position ?? other.position,
                    "a part of \(ByteSize.text(partByteCount)) cannot hold a \(name) of "
                        + ByteSize.text(other.byteCount))
            }
        }
        guard !findings.hasErrors else { return nil }
        var stages = Stages(chunkByteCount: chunk.byteCount)
        for entry in entries {
            switch entry.kind {
            case .chunk: break
            case .compress:
                let level = entry.value?["level"]?.scalar?.integer
                stages.compression = .init(level: level ?? Stages.Compression.defaultLevel)
            case .encrypt:
                stages.encryption = .init(
                    frameByteCount: frame.byteCount, partByteCount: partByteCount)
            case .decrypt: stages.decrypts = true
            case .decompress: stages.decompresses = true
            case .verify: stages.verifies = true
            }
        }
        return stages
    }

    private func chunkSize(
        _ entries: [(kind: StageKind, position: Position, value: JobNode?)]
    ) -> (byteCount: Int, position: Position) {
        if let size = size(entries, .chunk, "size") { return size }
        let compresses = entries.contains { $0.kind == .compress }
        return (Stages.defaultChunkByteCount(compressing: compresses), root.position)
    }

    /// Nil where the stage or the key is not there, or not a size.
    private func size(
        _ entries: [(kind: StageKind, position: Position, value: JobNode?)], _ kind: StageKind,
        _ key: String
    ) -> (byteCount: Int, position: Position)? {
        guard let node = entries.first(where: { $0.kind == kind })?.value?[key],
            let text = node.scalar?.text, let byteCount = try? ByteSize.parse(text)
        else { return nil }
        return (byteCount, node.position)
    }

    mutating func checkMemory() {
        let (byteCount, position) = chunkSize(stageEntries())
        guard let node = root["limits"]?["workers"], let workers = node.scalar?.integer,
            StageLimits.workers ~= workers, StageLimits.chunkByteCount ~= byteCount,
            byteCount * workers > Limits.chunkMemoryByteCount
        else { return }
        findings.error(
            .memory, at: position,
            "\(workers) workers with chunks of \(ByteSize.text(byteCount)) need more than "
                + ByteSize.text(Limits.chunkMemoryByteCount),
            hint: "smaller chunks or fewer workers")
    }
}
