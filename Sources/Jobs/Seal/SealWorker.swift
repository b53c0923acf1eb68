import Archive
import Envelope
import Pipeline

/// What one worker of a sealing run owns.
final class SealWorker {
    private let compressor: ChunkCompressor?
    private let meters: SealRun.Meters
    private var sealer: FrameSealer?
    private var sealedPart: Int?

    init(compressionLevel: Int?, meters: SealRun.Meters) {
        self.meters = meters
        compressor = compressionLevel.map { ChunkCompressor(level: $0) }
    }

    /// Reads what is missing of a chunk and compresses it into `output`.
    func pack(_ draft: ChunkDraft, into output: Buffer?) throws -> PackedChunk {
        if let output, let fill = draft.onlyFill,
            meters.read.measure({ looksIncompressible(fill) })
        {
            let problems = meters.read.measure { store(fill, into: output) }
            meters.read.count(bytesIn: draft.count, bytesOut: draft.count)
            // It went through the stage, which had nothing to do.
            meters.compress.count(bytesIn: draft.count, bytesOut: output.count)
            return packed(draft, as: output, problems)
        }
        let problems = draft.fills.isEmpty ? [] : meters.read.measure { read(draft) }
        guard let compressor, let output else { return packed(draft, as: draft.buffer, problems) }
        // From an entry in 256 KiB on, a chunk is a collection rather than a file.
        let isMany = draft.identities.count << 18 >= draft.count
        try meters.compress.measure {
            try draft.buffer.withBytes { bytes in
                try output.append { room in
                    try compressor.compress(
                        bytes, holdsManyFiles: isMany, isSampled: draft.onlyFill != nil,
                        appendingTo: &room)
                }
            }
        }
        meters.compress.count(bytesIn: draft.count, bytesOut: output.count)
        return packed(draft, as: output, problems)
    }

    /// Reads the pieces of files that the chunk only names so far.
    private func read(_ draft: ChunkDraft) -> [ReadProblem] {
        var problems: [ReadProblem] = []
        var byteCount = 0
        for fill in draft.fills {
            let problem = draft.buffer.withMutableBytes(fill.range) { bytes in
                fill.file.read(at: fill.fileOffset, into: &bytes)
            }
            if let problem { problems.append(problem) }
            byteCount += fill.range.count
        }
        meters.read.count(bytesIn: byteCount, bytesOut: byteCount)
        return problems
    }

    private func looksIncompressible(_ fill: ChunkDraft.Fill) -> Bool {
        guard let compressor else { return false }
        return compressor.looksIncompressible(count: fill.range.count) { offset, sample in
            fill.file.peek(at: fill.fileOffset + offset, into: &sample)
        }
    }

    /// Reads a piece of a file to where it stays: nothing is gained by compressing it.
    private func store(_ fill: ChunkDraft.Fill, into output: Buffer) -> [ReadProblem] {
        let frame = StoredFrame(contentByteCount: fill.range.count)
        let header = frame.header
        output.append(header.span)
        var problems: [ReadProblem] = []
        for block in frame.blocks {
            output.append(block.header.span)
            let place = output.count..<output.count + block.content.count
            let problem = output.withMutableBytes(place) { bytes in
                fill.file.read(at: fill.fileOffset + block.content.lowerBound, into: &bytes)
            }
            output.count = place.upperBound
            if let problem { problems.append(problem) }
        }
        return problems
    }

    private func packed(
        _ draft: ChunkDraft, as payload: Buffer, _ problems: [ReadProblem]
    ) -> PackedChunk {
        PackedChunk(
            payload: payload, tar: draft.tarOffset..<draft.tarOffset + draft.count,
            lines: draft.lines, identities: draft.identities, types: draft.types,
            problems: problems, isHead: draft.isHead)
    }

    /// Seals one frame of a part into `output`.
    func seal(_ frame: FrameDraft, into output: Buffer) throws {
        if sealedPart != frame.part.number {
            sealer = try FrameSealer(
                keys: frame.part.keys, frameByteCount: frame.part.frameByteCount)
            sealedPart = frame.part.number
        }
        try meters.encrypt.measure { () throws(EnvelopeError) in
            try output.append { room throws(EnvelopeError) in
                try frame.plaintext.withBytes(frame.range) { bytes throws(EnvelopeError) in
                    try sealer?.seal(
                        bytes, sequence: frame.sequence, isFinal: frame.isFinal,
                        appendingTo: &room)
                }
            }
        }
        meters.encrypt.count(bytesIn: frame.range.count, bytesOut: output.count)
    }
}

/// A frame on its way to a worker.
struct FrameDraft: Sendable {
    let part: PartInProgress
    let plaintext: Buffer
    let range: Range<Int>
    let sequence: UInt32
    let isFinal: Bool
    /// Where the frame begins in the part.
    let offset: Int
}
