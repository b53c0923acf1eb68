import Archive
import Envelope
import Pipeline

/// Finds the chunks of an archive whose catalog is lost: their places in the parts, in order, and the
/// gaps between them. Nothing is decompressed for it; memory is a few bytes for each chunk.
struct ChunkSearch {
    /// A chunk, or a gap in which there may have been several.
    struct Piece {
        let part: Int
        let stored: Range<Int>
        /// Bytes of the tar; nil for a gap of unknown length.
        var tarByteCount: Int?
        let isLost: Bool
    }

    /// Without a manifest nothing tells how large a chunk may be but the format.
    static let largestChunk = 64 << 20

    let codec: Manifest.Codec
    /// Of all chunks but the last, and but the head of a stream; nil where it is not known.
    let chunkByteCount: Int?
    let worker: OpenWorker
    let flow: Flow

    private(set) var pieces: [Piece] = []
    private var part = 0
    /// Plaintext of the part that belongs to no chunk yet, and where it begins.
    private var pending: [UInt8] = []
    private var start = 0
    /// Where the gap began that is being searched for its end.
    private var gapStart: Int?

    init(codec: Manifest.Codec, chunkByteCount: Int?, worker: OpenWorker, flow: Flow) {
        self.codec = codec
        self.chunkByteCount = chunkByteCount
        self.worker = worker
        self.flow = flow
    }

    /// A part that cannot be had at all.
    mutating func lose(part number: Int, plaintextByteCount: Int) {
        pieces.append(
            Piece(
                part: number, stored: 0..<max(plaintextByteCount, 1),
                tarByteCount: codec == .none && plaintextByteCount > 0 ? plaintextByteCount : nil,
                isLost: true))
    }

    /// Looks through a part, frame by frame.
    mutating func search(_ part: OpenPart) throws {
        (self.part, pending, start, gapStart) = (part.number, [], 0, nil)
        for sequence in 1...UInt32(part.layout.frameCount) {
            try flow.check()
            let place = part.layout.frame(sequence)
            let end = place.plaintextOffset + place.plaintextByteCount
            let isWhole = try worker.openFrame(sequence, of: part) { bytes in
                guard let bytes else { return false }
                guard codec == .zstd else {
                    if !bytes.isEmpty { add(place.plaintextOffset..<end, bytes.count) }
                    return true
                }
                unsafe bytes.withUnsafeBufferPointer { unsafe pending.append(contentsOf: $0) }
                return true
            }
            if !isWhole {
                guard codec == .zstd else {
                    if place.plaintextByteCount > 0 {
                        add(place.plaintextOffset..<end, place.plaintextByteCount, isLost: true)
                    }
                    continue
                }
                // The empty end of a part holds nothing that could be lost.
                if place.plaintextByteCount > 0 || !pending.isEmpty {
                    gapStart = gapStart ?? start
                    (pending, start) = ([], end)
                }
            } else if codec == .zstd {
                takeChunks(isLast: place.isFinal)
            }
        }
        if codec == .zstd {
            let end = start + pending.count
            if let begin = gapStart ?? (pending.isEmpty ? nil : start), begin < end {
                add(begin..<end, nil, isLost: true)
            }
        }
    }

    private mutating func takeChunks(isLast: Bool) {
        var used = 0
        while used < pending.count {
            switch frame(at: used) {
            case .whole(let byteCount, let contentByteCount)
            where gapStart == nil || isFull(contentByteCount)
                || isLast && used + byteCount == pending.count:
                let begin = start + used
                if let gap = gapStart, gap < begin { add(gap..<begin, nil, isLost: true) }
                gapStart = nil
                add(begin..<begin + byteCount, contentByteCount)
                used += byteCount
            case .incomplete:
                if gapStart == nil || !isLast { return drop(used) }
                used += 1
            default:
                // Behind a gap, or where something else stands than a chunk.
                gapStart = gapStart ?? start + used
                used += 1
                while used < pending.count, !beginsFrame(used) { used += 1 }
            }
        }
        drop(used)
    }

    private func frame(at place: Int) -> CompressedFrame {
        CompressedFrame(
            at: pending.span.extracting(place..<pending.count),
            limit: chunkByteCount ?? Self.largestChunk)
    }

    /// Behind a gap only a whole chunk is believed: files may hold small compressed ones.
    private func isFull(_ count: Int) -> Bool {
        count == chunkByteCount
            ?? pieces.lazy.compactMap { $0.isLost ? nil : $0.tarByteCount }.max()
    }

    private func beginsFrame(_ place: Int) -> Bool {
        let magic = CompressedFrame.magic
        let count = min(magic.count, pending.count - place)
        return (0..<count).allSatisfy { pending[place + $0] == magic[$0] }
    }

    private mutating func drop(_ count: Int) {
        pending.removeFirst(count)
        start += count
    }

    private mutating func add(_ stored: Range<Int>, _ tarByteCount: Int?, isLost: Bool = false) {
        pieces.append(
            Piece(part: part, stored: stored, tarByteCount: tarByteCount, isLost: isLost))
    }

    /// The pieces, with the lengths of gaps as far as the length of the whole tar tells them.
    func pieces(ofTar byteCount: Int?) -> [Piece] {
        var pieces = pieces
        let gaps = pieces.indices.filter { pieces[$0].tarByteCount == nil }
        guard let byteCount, !gaps.isEmpty else { return pieces }
        let lost = byteCount - pieces.reduce(0) { $0 + ($1.tarByteCount ?? 0) }
        if gaps.count == 1, lost > 0 {
            pieces[gaps[0]].tarByteCount = lost
        } else if let chunkByteCount, lost == gaps.count * chunkByteCount {
            // Each gap is a chunk; none can be less.
            for gap in gaps { pieces[gap].tarByteCount = chunkByteCount }
        }
        return pieces
    }
}
