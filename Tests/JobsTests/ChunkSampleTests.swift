import Testing

@testable import Jobs

@Suite struct ChunkSampleTests {
    @Test func `about one in so many, the first one among them`() {
        for oneIn in [1, 2, 7, 100] {
            let sample = ChunkSample(oneIn: oneIn)
            let taken = (0..<100_000).count { sample.takes($0) }
            #expect(sample.takes(0))
            #expect(abs(Double(taken) * Double(oneIn) / 100_000 - 1) < 0.1, "one in \(oneIn)")
        }
    }

    @Test func `a sample of so many bytes`() {
        #expect(ChunkSample(byteCount: 100, of: 1000) == ChunkSample(oneIn: 10))
        #expect(ChunkSample(byteCount: 100, of: 50) == .all)
        #expect(ChunkSample(byteCount: 100, of: 0) == .all)
    }
}
