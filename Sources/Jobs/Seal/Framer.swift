import Archive
import Envelope
import Pipeline

/// Joins packed chunks into parts and cuts the parts into frames. One thread's own.
///
/// A frame within one chunk is sealed where it lies; only what straddles two chunks is copied.
final class Framer {
    struct Settings {
        let codec: Manifest.Codec
        let key: ArchiveKey
        let frameByteCount: Int
        /// The most plaintext a part takes, unless a single chunk is larger.
        let partByteCount: Int
        let firstPart: Int
        /// Whether an earlier run has sealed parts before.
        let goesOn: Bool
    }

    private let settings: Settings
    private let gather: BufferPool
    private let begin: (Int) throws -> PartInProgress
    private let submit: (FrameDraft) throws -> Void
    private let end: (PartInProgress, Int) throws -> Void

    private var part: PartInProgress?
    private var nextNumber: Int
    private var plaintextCount = 0
    private var offset = 0
    private var sequence: UInt32 = 1
    private var partial: Buffer?

    /// `gather` gives buffers of a frame each. `end` is told how long a part is.
    init(
        settings: Settings, gather: BufferPool,
        begin: @escaping (Int) throws -> PartInProgress,
        submit: @escaping (FrameDraft) throws -> Void,
        end: @escaping (PartInProgress, Int) throws -> Void
    ) {
        self.settings = settings
        self.gather = gather
        nextNumber = settings.firstPart
        self.begin = begin
        self.submit = submit
        self.end = end
    }

    /// Takes the next chunk; returns where it lies.
    func append(_ chunk: PackedChunk) throws -> ChunkRecord {
        let count = chunk.payload.count
        if chunk.isHead {
            try endPart()
            nextNumber = 0
        } else if part != nil, plaintextCount + count > settings.partByteCount {
            try endPart()
        }
        let part = try currentPart()
        let stored = plaintextCount..<plaintextCount + count
        plaintextCount += count
        try cut(chunk.payload, of: part)
        return ChunkRecord(part: part.number, stored: stored, tar: chunk.tar)
    }

    /// Ends the last part; of nothing there is one, and it is empty.
    func finish() throws {
        if nextNumber == settings.firstPart, !settings.goesOn { _ = try currentPart() }
        try endPart()
    }

    private func cut(_ payload: Buffer, of part: PartInProgress) throws {
        var position = 0
        if let partial {
            position = min(settings.frameByteCount - partial.count, payload.count)
            payload.withBytes(0..<position) { partial.append($0) }
            guard partial.count == settings.frameByteCount else { return }
            self.partial = nil
            try submit(partial, 0..<partial.count, of: part, isFinal: false)
        }
        while payload.count - position >= settings.frameByteCount {
            let range = position..<position + settings.frameByteCount
            try submit(payload, range, of: part, isFinal: false)
            position = range.upperBound
        }
        if position < payload.count {
            let rest = try gather.take()
            payload.withBytes(position..<payload.count) { rest.append($0) }
            partial = rest
        }
    }

    private func submit(
        _ buffer: Buffer, _ range: Range<Int>, of part: PartInProgress, isFinal: Bool
    ) throws {
        try submit(
            FrameDraft(
                part: part, plaintext: buffer, range: range, sequence: sequence, isFinal: isFinal,
                offset: offset))
        offset += FrameLayout.byteCount(plaintext: range.count, isFinal: isFinal)
        sequence += 1
    }

    private func currentPart() throws -> PartInProgress {
        if let part { return part }
        let part = try begin(nextNumber)
        nextNumber += 1
        self.part = part
        plaintextCount = 0
        offset = part.header.count
        sequence = 1
        return part
    }

    private func endPart() throws {
        guard let part else { return }
        let last = try partial ?? gather.take()
        partial = nil
        try submit(last, 0..<last.count, of: part, isFinal: true)
        try end(part, offset)
        self.part = nil
    }
}
