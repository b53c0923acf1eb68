import TestSupport
import Testing

@testable import Archive

@Suite struct CompressedFrameTests {
    private func chunk(_ content: [UInt8]) throws -> [UInt8] {
        let compressor = ChunkCompressor(level: 3)
        return try Array(capacity: ChunkCompressor.bound(content.count)) { room in
            try compressor.compress(
                content.span, holdsManyFiles: false, appendingTo: &room)
        }
    }

    @Test func `a chunk tells its length and that of its content, as soon as it is whole`() throws {
        let content = Array(repeating: UInt8(7), count: 50_000) + Array(0...255)
        let frame = try chunk(content)
        let expected = CompressedFrame.whole(
            byteCount: frame.count, contentByteCount: content.count)
        #expect(CompressedFrame(at: frame.span, limit: 1 << 20) == expected)
        #expect(CompressedFrame(at: (frame + frame).span, limit: 1 << 20) == expected)
        for count in 4..<frame.count {
            let part = Array(frame[..<count])
            #expect(CompressedFrame(at: part.span, limit: 1 << 20) == .incomplete)
        }
    }

    @Test func `what is no chunk, or larger than one can be, is none`() throws {
        let frame = try chunk([UInt8](repeating: 7, count: 50_000))
        #expect(CompressedFrame(at: frame.span, limit: 49_999) == .none)
        #expect(
            CompressedFrame(at: [UInt8](repeating: 0x28, count: 100).span, limit: 1 << 20) == .none)
        var random = SeededGenerator(seed: 2)
        for _ in rounds(500) {
            var bytes = frame
            for _ in 0..<3 { random.mutate(&bytes, words: [CompressedFrame.magic]) }
            _ = CompressedFrame(at: bytes.span, limit: 1 << 20)
        }
    }
}
