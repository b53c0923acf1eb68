import Archive
import Envelope
import LibCrypto
import Locking
import OKMS
import Pipeline

/// The pieces that are measured, with what they work on: the same in every run.
struct Pieces {
    private static let chunkByteCount = 8 << 20
    private static let frameByteCount = 1 << 20
    private static let entryCount = 1000

    private let chunk = buffer(of: chunkByteCount)
    private let packed = buffer(of: ChunkCompressor.bound(chunkByteCount))
    private let frame = buffer(of: frameByteCount)
    private let sealed = buffer(of: frameByteCount + 1024)
    private let opened = buffer(of: frameByteCount)
    private let unpacked = buffer(of: chunkByteCount)
    private let entries: [Entry]

    init() {
        let text = Self.text(byteCount: Self.chunkByteCount)
        chunk.append(text.span)
        frame.append(text.span.extracting(0..<Self.frameByteCount))
        entries = (0..<Self.entryCount).map { number in
            Entry(
                path: Array("orders/2026/week-\(number % 52)/customer-\(number).json".utf8),
                kind: .file, mode: 0o640, userID: 1000, groupID: 1000,
                userName: Array("backup".utf8), groupName: Array("backup".utf8),
                modified: Entry.Time(seconds: 1_767_323_045 + number, nanoseconds: number * 999),
                size: 1000 + number)
        }
    }

    var all: [Piece] {
        get throws {
            try [
                compress, decompress, seal, open, digest, tarHeaders, catalogLines, catalogReading,
                meter,
            ]
        }
    }

    private static let mebibytes = Double(chunkByteCount >> 20)

    private var compress: Piece {
        let compressor = ChunkCompressor(level: 3)
        return Piece(name: "compress-chunk", amount: Self.mebibytes, unit: "MiB") {
            try pack(with: compressor)
        }
    }

    private func pack(with compressor: ChunkCompressor) throws {
        packed.count = 0
        try chunk.withBytes { chunk in
            try packed.append { room in
                try compressor.compress(chunk, holdsManyFiles: false, appendingTo: &room)
            }
        }
    }

    private var decompress: Piece {
        get throws {
            try pack(with: ChunkCompressor(level: 3))
            let decompressor = ChunkDecompressor()
            return Piece(name: "decompress-chunk", amount: Self.mebibytes, unit: "MiB") {
                // Another piece may have left something else.
                if packed.count == 0 { try pack(with: ChunkCompressor(level: 3)) }
                unpacked.count = 0
                try packed.withBytes { packed in
                    try unpacked.append { room in
                        try decompressor.decompress(
                            packed, count: Self.chunkByteCount, appendingTo: &room)
                    }
                }
            }
        }
    }

    private static func dataKey() -> SecretBytes {
        SecretBytes(count: MessageKeys.dataKeyByteCount) { bytes in
            for index in bytes.indices { bytes[index] = UInt8(index) }
        }
    }

    private static func wrappedKey() -> WrappedKey {
        guard
            let key = WrappedKey(
                providerID: WrappedKey.kmsProviderID, providerInfo: Array("none".utf8),
                ciphertext: [0])
        else { preconditionFailure("the parts of a wrapped key are short") }
        return key
    }

    private var seal: Piece {
        get throws {
            let sealer = Monitor(
                Frames(
                    try FrameSealer(
                        keys: MessageKeys.derive(from: Self.dataKey(), messageID: .random()),
                        frameByteCount: Self.frameByteCount)))
            return Piece(name: "seal-frame", amount: 1, unit: "MiB") {
                sealed.count = 0
                try sealer.update { frames in
                    try frame.withBytes { plain in
                        try sealed.append { room in try frames.seal(plain, appendingTo: &room) }
                    }
                }
            }
        }
    }

    /// A sealer and the number of its next frame.
    private struct Frames: ~Copyable, Sendable {
        private var sealer: FrameSealer
        private var sequence: UInt32 = 0

        init(_ sealer: consuming FrameSealer) { self.sealer = sealer }

        mutating func seal(
            _ plain: Span<UInt8>, appendingTo output: inout OutputSpan<UInt8>
        ) throws {
            sequence += 1
            try sealer.seal(plain, sequence: sequence, isFinal: false, appendingTo: &output)
        }
    }
}

// MARK: what is read back, and what is counted by entry

extension Pieces {
    private var open: Piece {
        get throws {
            let dataKey = Self.dataKey()
            let keys = try MessageKeys.derive(from: dataKey, messageID: .random())
            let header = try MessageHeader(
                keys: keys, context: .empty, wrappedKeys: [Self.wrappedKey()],
                frameByteCount: Self.frameByteCount
            ).serialized(with: keys)
            let message = try UnverifiedHeader(parsing: header.span).verified(dataKey: dataKey)
            let whole = buffer(of: Self.frameByteCount + 1024)
            var sealer = try FrameSealer(keys: keys, frameByteCount: Self.frameByteCount)
            try frame.withBytes { plain in
                try whole.append { room in
                    try sealer.seal(plain, sequence: 1, isFinal: false, appendingTo: &room)
                }
            }
            let opener = Monitor(try FrameOpener(message))
            return Piece(name: "open-frame", amount: 1, unit: "MiB") {
                opened.count = 0
                try opener.update { opener in
                    try whole.withBytes { sealed in
                        try opened.append { room in
                            try opener.open(
                                sealed, sequence: 1, isFinal: false, appendingTo: &room)
                        }
                    }
                }
            }
        }
    }

    private var digest: Piece {
        Piece(name: "sha256", amount: Self.mebibytes, unit: "MiB") {
            chunk.withBytes { bytes in
                var digest = SHA256()
                digest.update(bytes)
                _ = digest.finish()
            }
        }
    }

    private var tarHeaders: Piece {
        let writer = TarHeaderWriter()
        return Piece(name: "tar-header", amount: Double(entries.count), unit: "entries") {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(entries.count * 1536)
            for entry in entries { try writer.write(entry, to: &bytes) }
        }
    }

    /// What measuring costs: each call is a piece of a stage's work that did nothing.
    private var meter: Piece {
        let meter = StageMeter("piece")
        return Piece(name: "meter", amount: 1000, unit: "calls") {
            for _ in 0..<1000 {
                meter.measure {}
                meter.count(bytesIn: 1, bytesOut: 1)
            }
        }
    }

    private func lines() -> [UInt8] {
        var lines: [UInt8] = []
        for entry in entries {
            CatalogLine.append(
                .entry(CatalogEntry(entry: entry, headerByteCount: 1536)), to: &lines)
        }
        return lines
    }

    private var catalogLines: Piece {
        Piece(name: "catalog-write", amount: Double(entries.count), unit: "entries") {
            _ = lines()
        }
    }

    private var catalogReading: Piece {
        let lines = lines()
        return Piece(name: "catalog-read", amount: Double(entries.count), unit: "entries") {
            var start = 0
            for (end, byte) in lines.enumerated() where byte == 0x0a {
                guard CatalogLine.parse(lines, in: start..<end) != nil else {
                    throw ArchiveError.damaged(what: "catalog", reason: "a line is not read back")
                }
                start = end + 1
            }
        }
    }

    /// Words of which some come often, like logs and tables: zstd makes about a third of them.
    private static func text(byteCount: Int) -> [UInt8] {
        var state: UInt64 = 1
        func next(_ bound: UInt64) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % bound)
        }
        let words = (0..<4000).map { _ in
            (0..<(3 + next(8))).map { _ in UInt8(ascii: "a") + UInt8(next(26)) }
        }
        var text: [UInt8] = []
        text.reserveCapacity(byteCount + 64)
        while text.count < byteCount {
            text += words[next(2) == 0 ? next(100) : next(4000)]
            text.append(next(12) == 0 ? UInt8(ascii: "\n") : UInt8(ascii: ","))
            text += Array("\(next(100_000))".utf8)
        }
        return Array(text.prefix(byteCount))
    }
}

private func buffer(of capacity: Int) -> Buffer {
    do { return try Buffer(capacity: capacity) } catch { fatalError("\(error)") }
}
