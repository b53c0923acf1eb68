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
    func takes(_ chunk: Int) -> Bool {
        chunk == 0 || mixed(UInt64(chunk) &* mixingIncrement) % UInt64(oneIn) == 0
    }
}
