import Archive
import TestSupport
import Testing

@Suite struct ChunkCompressionTests {
    private func compress(
        _ chunk: [UInt8], with compressor: ChunkCompressor = ChunkCompressor(level: 3),
        many: Bool = false
    ) throws -> [UInt8] {
        try Array(capacity: ChunkCompressor.bound(chunk.count)) { output in
            try compressor.compress(chunk.span, holdsManyFiles: many, appendingTo: &output)
        }
    }

    private func decompress(
        _ frame: [UInt8], count: Int, with decompressor: ChunkDecompressor = ChunkDecompressor()
    ) throws -> [UInt8] {
        try Array(capacity: count + 3) { output in
            try decompressor.decompress(frame.span, count: count, appendingTo: &output)
        }
    }

    private static let text = bytes(
        String(repeating: "The quick brown fox jumps over the lazy dog. ", count: 3000))

    @Test(arguments: [1, 3, 9, 19], [false, true])
    func `chunks come back, whatever they hold`(level: Int, many: Bool) throws {
        var random = SeededGenerator(seed: 8)
        let chunks = [
            [], [7], Self.text, random.bytes(100_000), [UInt8](repeating: 0, count: 1 << 20),
            Self.text + random.bytes(5000) + Self.text,
        ]
        let compressor = ChunkCompressor(level: level)
        let decompressor = ChunkDecompressor()
        for chunk in chunks {
            let frame = try compress(chunk, with: compressor, many: many)
            #expect(try decompress(frame, count: chunk.count, with: decompressor) == chunk)
        }
    }

    @Test func `one compressor takes chunks of both kinds in turn`() throws {
        let compressor = ChunkCompressor(level: 3)
        for many in [true, false, true, false] {
            let frame = try compress(Self.text, with: compressor, many: many)
            #expect(try decompress(frame, count: Self.text.count) == Self.text)
        }
    }

    @Test func `equal chunks give equal frames`() throws {
        let compressor = ChunkCompressor(level: 3)
        let first = try compress(Self.text, with: compressor)
        _ = try compress([1, 2, 3], with: compressor, many: true)
        #expect(try compress(Self.text, with: compressor) == first)
    }

    @Test func `text becomes smaller, noise no larger than the bound`() throws {
        var random = SeededGenerator(seed: 9)
        #expect(try compress(Self.text).count < Self.text.count / 50)
        for count in [0, 1, 1000, 1 << 20] {
            let noise = random.bytes(count)
            let frame = try compress(noise)
            #expect(frame.count <= ChunkCompressor.bound(count))
            #expect(frame.count <= count + count >> 8 + 64)
        }
    }

    @Test func `a frame states the size of its content`() throws {
        // RFC 8878, 3.1.1.1: the descriptor follows the magic number; with the single-segment flag or
        // a content-size flag other than 0 there is a content size.
        for chunk in [[], [1], Self.text] {
            let frame = try compress(chunk)
            #expect(Array(frame.prefix(4)) == [0x28, 0xb5, 0x2f, 0xfd])
            #expect(frame[4] & 0b0010_0000 != 0 || frame[4] >> 6 != 0)
            #expect(frame[4] & 0b0000_0100 == 0, "no checksum")
        }
    }

    @Test func `a frame is appended behind what is there`() throws {
        let both = try [UInt8](capacity: 2000) { output in
            output.append(42)
            let compressor = ChunkCompressor(level: 3)
            try compressor.compress([1, 2].span, holdsManyFiles: false, appendingTo: &output)
            try compressor.compress([3].span, holdsManyFiles: false, appendingTo: &output)
        }
        #expect(both[0] == 42)
        // Two frames behind one another are what one decompression opens, as a part is read.
        #expect(try decompress(Array(both[1...]), count: 3) == [1, 2, 3])
    }

    @Test func `an output without room for the bound is refused`() {
        #expect(throws: ArchiveError.self) {
            _ = try [UInt8](capacity: 10) { output in
                try ChunkCompressor(level: 3)
                    .compress(Self.text.span, holdsManyFiles: false, appendingTo: &output)
            }
        }
    }

    @Test func `a frame of another size than named is refused`() throws {
        let frame = try compress(Self.text)
        for count in [0, 1, Self.text.count - 1, Self.text.count + 1, 1 << 20] {
            #expect(throws: ArchiveError.self) { try decompress(frame, count: count) }
        }
        #expect(
            throws: ArchiveError.damaged(what: "chunk", reason: "holds 1 bytes instead of 2")
        ) { try decompress(compress([5]), count: 2) }
    }

    @Test func `a frame cut short is refused`() throws {
        let frame = try compress(Self.text)
        for length in 1..<frame.count {
            #expect(throws: ArchiveError.self) {
                try decompress(Array(frame[..<length]), count: Self.text.count)
            }
        }
    }

    @Test func `a damaged frame is refused or gives as many bytes, and never anything worse`()
        throws
    {
        var random = SeededGenerator(seed: 10)
        let chunk = Self.text + random.bytes(300)
        let frame = try compress(chunk)
        let decompressor = ChunkDecompressor()
        for _ in rounds(3000) {
            var damaged = frame
            random.mutate(&damaged, words: [[0x28, 0xb5, 0x2f, 0xfd], [0xff, 0xff, 0xff, 0xff]])
            if let result = try? decompress(damaged, count: chunk.count, with: decompressor) {
                #expect(result.count == chunk.count)
            }
            // Damage to one frame leaves the decompressor fit for the next.
        }
        #expect(try decompress(frame, count: chunk.count, with: decompressor) == chunk)
    }

    @Test func `an output without room for the chunk is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            _ = try [UInt8](capacity: 1) { output in
                try ChunkDecompressor().decompress([0].span, count: 2, appendingTo: &output)
            }
        }
    }

    @Test(.enabled(if: program("zstd") != nil, "zstd is not installed"))
    func `zstd reads frames behind one another`() throws {
        var random = SeededGenerator(seed: 11)
        let chunks = [Self.text, random.bytes(70_000), [], [1], Self.text]
        let frames = try chunks.flatMap { try compress($0) }
        let finished = try run("zstd", ["-dc"], input: frames)
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.output == chunks.flatMap { $0 })
    }
}
