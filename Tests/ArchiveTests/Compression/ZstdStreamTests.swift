import Archive
import TestSupport
import Testing

@Suite struct ZstdStreamTests {
    private struct Stop: Error {}

    /// Sends bytes through a stream in pieces of up to `step`.
    private func through(
        _ stream: ZstdStream, _ input: [UInt8], step: Int, finishing: Bool = true
    ) throws -> [UInt8] {
        var output: [UInt8] = []
        for start in stride(from: 0, to: input.count, by: step) {
            let piece = Array(input[start..<min(input.count, start + step)])
            try stream.write(piece.span) { output += bytes(of: $0) }
        }
        if finishing { try stream.finish { output += bytes(of: $0) } }
        return output
    }

    private func compressed(_ content: [UInt8]) throws -> [UInt8] {
        try through(ZstdStream(.compress(level: 3)), content, step: 1 << 20)
    }

    private static let text = bytes((0..<40_000).map { "line \($0 % 977)\n" }.joined())

    @Test(arguments: [1, 7, 4096, 1 << 20])
    func `a stream comes back, in whatever pieces`(step: Int) throws {
        var random = SeededGenerator(seed: 12)
        for content in [[], [9], Array(Self.text.prefix(20_000)), random.bytes(30_000)] {
            let stored = try through(ZstdStream(.compress(level: 3)), content, step: step)
            #expect(try through(ZstdStream(.decompress), stored, step: step) == content)
        }
    }

    @Test func `more comes out of a small piece than fits into one buffer`() throws {
        let zeroes = [UInt8](repeating: 0, count: 10 << 20)
        let stored = try compressed(zeroes)
        #expect(stored.count < 2000)
        #expect(try through(ZstdStream(.decompress), stored, step: 1 << 20) == zeroes)
        // Content of exactly one output buffer, and one byte around it.
        for count in [(256 << 10) - 1, 256 << 10, (256 << 10) + 1, 512 << 10] {
            let stored = try compressed(Array(zeroes.prefix(count)))
            #expect(try through(ZstdStream(.decompress), stored, step: 1 << 20).count == count)
        }
    }

    @Test func `several frames are one stream`() throws {
        let frames = try compressed(bytes("one ")) + compressed([]) + compressed(bytes("two"))
        for step in [1, 3, 1000] {
            #expect(try through(ZstdStream(.decompress), frames, step: step) == bytes("one two"))
        }
    }

    @Test func `pieces of no bytes change nothing`() throws {
        let stored = try compressed(Self.text)
        let stream = ZstdStream(.decompress)
        var output: [UInt8] = []
        try stream.write([UInt8]().span) { output += bytes(of: $0) }
        output += try through(stream, stored, step: 5000, finishing: false)
        try stream.write([UInt8]().span) { output += bytes(of: $0) }
        try stream.finish { output += bytes(of: $0) }
        #expect(output == Self.text)
    }

    @Test func `a stream cut short is refused`() throws {
        let stored = try compressed(Array(Self.text.prefix(3000)))
        for length in 1..<stored.count {
            #expect(throws: ArchiveError.self) {
                try through(ZstdStream(.decompress), Array(stored[..<length]), step: 100)
            }
        }
    }

    @Test func `what follows the last frame must be another`() throws {
        let stored = try compressed(bytes("one"))
        #expect(throws: ArchiveError.self) {
            try through(ZstdStream(.decompress), stored + [1, 2, 3, 4, 5], step: 1000)
        }
        #expect(throws: ArchiveError.self) {
            try through(ZstdStream(.decompress), stored + [0x28], step: 1000)
        }
    }

    @Test func `a damaged stream is refused or ends, and never anything worse`() throws {
        var random = SeededGenerator(seed: 13)
        let stored = try compressed(Array(Self.text.prefix(5000)))
        for _ in rounds(1000) {
            var damaged = stored
            random.mutate(&damaged, words: [[0x28, 0xb5, 0x2f, 0xfd], [0xff, 0xff, 0xff]])
            var count = 0
            let stream = ZstdStream(.decompress)
            do {
                try stream.write(damaged.span) { piece in
                    count += piece.count
                    if count > 64 << 20 { throw Stop() }
                }
                try stream.finish { _ in }
            } catch is ArchiveError {}
        }
    }

    @Test func `an error of the receiver passes through`() throws {
        let stored = try compressed(Self.text)
        #expect(throws: Stop.self) {
            try ZstdStream(.decompress).write(stored.span) { _ in throw Stop() }
        }
    }

    @Test(.enabled(if: program("zstd") != nil, "zstd is not installed"))
    func `zstd reads what is written and writes what is read`() throws {
        let stored = try compressed(Self.text)
        let opened = try run("zstd", ["-dc"], input: stored)
        #expect(opened.status == 0, "\(opened.errors)")
        #expect(opened.output == Self.text)
        let packed = try run("zstd", ["-c", "--long=24", "-6"], input: Self.text)
        #expect(try through(ZstdStream(.decompress), packed.output, step: 777) == Self.text)
    }
}
