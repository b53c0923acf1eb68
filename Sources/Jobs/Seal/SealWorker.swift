import Archive
import Envelope
import Pipeline

/// What one worker of a sealing run owns.
final class SealWorker {
    private let compressor: ChunkCompressor?
    private var sealer: FrameSealer?
    private var sealedPart: Int?

    init(compressionLevel: Int?) {
        compressor = compressionLevel.map { ChunkCompressor(level: $0) }
    }

    /// Reads what is missing of a chunk and compresses it into `output`.
    func pack(_ draft: ChunkDraft, into output: Buffer?) throws -> PackedChunk {
        var problems: [ReadProblem] = []
        for fill in draft.fills {
            let problem = draft.buffer.withMutableBytes(fill.range) { bytes in
                fill.file.read(at: fill.fileOffset, into: &bytes)
            }
            if let problem { problems.append(problem) }
        }
        var payload = draft.buffer
        if let compressor, let output {
            // From an entry in 256 KiB on, a chunk is a collection rather than a file.
            let isMany = draft.entryCount << 18 >= draft.count
            try draft.buffer.withBytes { bytes in
                try output.append { room in
                    try compressor.compress(bytes, holdsManyFiles: isMany, appendingTo: &room)
                }
            }
            payload = output
        }
        return PackedChunk(
            payload: payload, tar: draft.tarOffset..<draft.tarOffset + draft.count,
            lines: draft.lines, problems: problems, isHead: draft.isHead)
    }

    /// Seals one frame of a part into `output`.
    func seal(_ frame: FrameDraft, into output: Buffer) throws {
        if sealedPart != frame.part.number {
            sealer = try FrameSealer(
                keys: frame.part.keys, frameByteCount: frame.part.frameByteCount)
            sealedPart = frame.part.number
        }
        try output.append { room throws(EnvelopeError) in
            try frame.plaintext.withBytes(frame.range) { bytes throws(EnvelopeError) in
                try sealer?.seal(
                    bytes, sequence: frame.sequence, isFinal: frame.isFinal, appendingTo: &room)
            }
        }
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
