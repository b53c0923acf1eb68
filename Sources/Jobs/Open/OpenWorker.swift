import Archive
import Envelope
import Pipeline
import Storage

/// What one worker of a run that opens archives owns.
///
/// A chunk is opened on its own: its frames fetched, decrypted and decompressed by one worker. A frame
/// that straddles two chunks is decrypted for each of them, which costs less than keeping it.
final class OpenWorker {
    private let manifestFrameByteCount: Int
    private let codec: Manifest.Codec
    private let decompressor = ChunkDecompressor()
    private let frame: Buffer
    private let edge: Buffer
    private let compressed: Buffer
    private let plain: Buffer
    private let meters: Meters
    private var opener: FrameOpener?
    private var openedPart: Int?

    /// The stages of opening in the order in which data goes through them.
    struct Meters {
        static let workers = "workers"
        let read: StageMeter
        let decrypt: StageMeter
        let decompress: StageMeter

        init(_ flow: Flow) {
            read = flow.makeMeter("read", at: .pool(Self.workers))
            decrypt = flow.makeMeter("decrypt", at: .pool(Self.workers))
            decompress = flow.makeMeter("decompress", at: .pool(Self.workers))
        }
    }

    /// Memory for the archive's sizes, and no more for any chunk its catalog may name.
    init(sizes: Manifest.Sizes, codec: Manifest.Codec, meters: Meters) throws(Shortage) {
        self.meters = meters
        manifestFrameByteCount = sizes.frame
        self.codec = codec
        frame = try Buffer(capacity: sizes.frame + FrameLayout.finalOverhead)
        edge = try Buffer(capacity: sizes.frame)
        compressed = try Buffer(capacity: ChunkCompressor.bound(sizes.chunk))
        plain = try Buffer(capacity: sizes.chunk)
    }

    /// Memory that one worker takes.
    static func bufferByteCount(_ sizes: Manifest.Sizes) -> Int {
        2 * sizes.frame + FrameLayout.finalOverhead + ChunkCompressor.bound(sizes.chunk)
            + sizes.chunk
    }

    /// Lends a chunk's bytes: of the tar, or, without `decompressing`, as they are in the part.
    func open<R>(
        _ chunk: ChunkRecord, of part: OpenPart, decompressing: Bool = true,
        _ body: (Span<UInt8>) throws -> R
    ) throws -> R {
        guard chunk.tar.count <= plain.capacity, chunk.stored.count <= compressed.capacity,
            chunk.stored.upperBound <= part.layout.plaintextByteCount
        else { throw JobError.integrity(part.path, "the catalog names an impossible chunk") }
        try decrypt(chunk.stored, of: part)
        guard codec == .zstd, decompressing else {
            guard codec == .zstd || chunk.stored.count == chunk.tar.count else {
                throw JobError.integrity(part.path, "the catalog names an impossible chunk")
            }
            return try compressed.withBytes { try body($0) }
        }
        plain.count = 0
        do {
            try meters.decompress.measure {
                try compressed.withBytes { bytes in
                    try plain.append { room in
                        try decompressor.decompress(
                            bytes, count: chunk.tar.count, appendingTo: &room)
                    }
                }
            }
            meters.decompress.count(bytesIn: compressed.count, bytesOut: plain.count)
        } catch let error as ArchiveError {
            throw JobError.integrity(part.path, "\(error) at byte \(chunk.stored.lowerBound)")
        }
        return try plain.withBytes { try body($0) }
    }

    /// Decrypts a range of a part's plaintext into `compressed`.
    private func decrypt(_ range: Range<Int>, of part: OpenPart) throws {
        compressed.count = 0
        for sequence in part.layout.frames(holding: range) {
            let place = part.layout.frame(sequence)
            let whole = place.plaintextOffset..<place.plaintextOffset + place.plaintextByteCount
            if whole.clamped(to: range) == whole {
                try openFrame(place, of: part, into: compressed)
            } else {
                edge.count = 0
                try openFrame(place, of: part, into: edge)
                let wanted = whole.clamped(to: range)
                let start = wanted.lowerBound - whole.lowerBound
                edge.withBytes(start..<start + wanted.count) { compressed.append($0) }
            }
        }
    }

    /// Opens the final frame of a part, which no chunk covers if it is empty.
    func checkEnd(of part: OpenPart) throws {
        edge.count = 0
        try openFrame(part.layout.frame(UInt32(part.layout.frameCount)), of: part, into: edge)
    }

    /// Lends the plaintext of a frame; nil where it is lost.
    func openFrame<R>(
        _ sequence: UInt32, of part: OpenPart, _ body: (Span<UInt8>?) throws -> R
    ) throws -> R {
        edge.count = 0
        do {
            try openFrame(part.layout.frame(sequence), of: part, into: edge)
        } catch let error as JobError where error.status == .integrity {
            return try body(nil)
        }
        return try edge.withBytes { try body($0) }
    }

    /// Opens a frame from the first file of the part that has it.
    private func openFrame(
        _ place: FrameLayout.Frame, of part: OpenPart, into output: Buffer
    ) throws {
        if openedPart != part.number {
            opener = try FrameOpener(part.message)
            openedPart = part.number
        }
        for (index, source) in part.sources.enumerated() {
            do {
                return try openFrame(place, of: part, from: source, into: output)
            } catch {
                let isLast = index == part.sources.count - 1
                // Without a log the part has one file, and damage ends everything.
                guard let log = part.log else { throw error }
                log.note(part.path, error, isLost: isLast)
                if isLast {
                    throw JobError.integrity(
                        part.path, JobError(explaining: error).reason(at: part.path))
                }
            }
        }
    }

    private func openFrame(
        _ place: FrameLayout.Frame, of part: OpenPart, from source: OpenPart.Source,
        into output: Buffer
    ) throws {
        let offset = place.offset - part.layout.headerByteCount + source.headerByteCount
        frame.count = try meters.read.measure {
            try frame.withMutableBytes(0..<place.byteCount) { bytes in
                try source.file.read(at: offset, into: &bytes)
            }
        }
        meters.read.count(bytesIn: frame.count, bytesOut: frame.count)
        do throws(EnvelopeError) {
            try meters.decrypt.measure { () throws(EnvelopeError) in
                try frame.withBytes { bytes throws(EnvelopeError) in
                    try output.append { room throws(EnvelopeError) in
                        try opener?.open(
                            bytes, sequence: place.sequence, isFinal: place.isFinal,
                            appendingTo: &room)
                    }
                }
            }
            meters.decrypt.count(bytesIn: frame.count, bytesOut: place.plaintextByteCount)
        } catch {
            throw JobError.integrity(part.path, error.description)
        }
    }
}
