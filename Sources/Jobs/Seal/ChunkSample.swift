/// The chunks that a run seals where it only is to show how the whole would go: one in so many, chosen
/// by chance but always the same.
package struct ChunkSample: Sendable, Equatable {
    package let oneIn: Int

    package static let all = ChunkSample(oneIn: 1)

    package init(oneIn: Int) {
        precondition(oneIn > 0, "a sample is one chunk in so many")
        self.oneIn = oneIn
    }

    /// The sample that takes about so many bytes of all.
    package init(byteCount: Int, of total: Int) {
        self.init(oneIn: max(1, total / max(1, byteCount)))
    }

    /// Whether a chunk belongs to it, counted from 0. The first one always does.
    func takes(_ chunk: Int) -> Bool { chunk == 0 || Self.mixed(chunk) % UInt64(oneIn) == 0 }

    /// Source: splitmix64, S. Vigna.
    private static func mixed(_ number: Int) -> UInt64 {
        var mixed = UInt64(number) &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
