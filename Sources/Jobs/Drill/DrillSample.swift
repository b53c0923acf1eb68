/// The chunks of an archive that a drill opens: each with the chance of the share that is asked for, and
/// always the one that holds a byte chosen by chance. So there is one at least, of any archive.
struct DrillSample: Sendable {
    private let share: Percentage
    private let seed: UInt64
    private let byte: Int

    /// Another `seed`, another sample.
    init(_ share: Percentage, of tarByteCount: Int, seed: UInt64) {
        self.share = share
        self.seed = seed
        byte = Int(Self.mixed(seed) % UInt64(max(1, tarByteCount)))
    }

    /// Whether the chunk with these bytes of the tar belongs to it.
    func takes(_ chunk: Range<Int>) -> Bool {
        if share == .all || chunk.contains(byte) { return true }
        let chance = Self.mixed(seed ^ Self.mixed(UInt64(chunk.lowerBound)))
        return chance % 10_000 < UInt64(share.hundredths)
    }

    private static func mixed(_ number: UInt64) -> UInt64 { Jobs.mixed(number &+ mixingIncrement) }
}
