import Archive
import TestSupport
import Testing

@Suite struct StoredFrameTests {
    private func frame(of content: [UInt8]) -> [UInt8] {
        let frame = StoredFrame(contentByteCount: content.count)
        return frame.blocks.reduce(into: frame.header) { $0 += $1.header + content[$1.content] }
    }

    @Test(arguments: [1, 100, 131_071, 131_072, 131_073, 262_144, 8 << 20])
    func `a decompressor gives back what was stored`(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let content = random.bytes(count)
        let stored = frame(of: content)
        #expect(stored.count <= ChunkCompressor.bound(count))
        let back = try [UInt8](capacity: count) { output in
            try ChunkDecompressor()
                .decompress(stored.span, count: count, appendingTo: &output)
        }
        #expect(back == content)
    }

    @Test(.enabled(if: program("zstd") != nil, "zstd is not installed"))
    func `zstd reads stored frames behind one another`() throws {
        var random = SeededGenerator(seed: 5)
        let contents = [random.bytes(300_000), random.bytes(1), random.bytes(131_072)]
        let finished = try run("zstd", ["-dc"], input: contents.flatMap { frame(of: $0) })
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.output == contents.flatMap { $0 })
    }

    @Test(.enabled(if: program("zstd") != nil, "zstd is not installed"))
    func `zstd reads a stored frame of the largest chunk`() throws {
        var random = SeededGenerator(seed: 64)
        let piece = random.bytes(1 << 20)
        let content = (0..<64).reduce(into: [UInt8]()) { content, _ in content += piece }
        let finished = try run("zstd", ["-dc"], input: frame(of: content))
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.output == content)
    }

    @Test func `an empty chunk is a programming error`() async {
        await #expect(processExitsWith: .failure) { _ = StoredFrame(contentByteCount: 0) }
    }
}
