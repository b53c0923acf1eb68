import Foundation

/// Random numbers that are the same in every run. Source: S. Vigna, "splitmix64".
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    package mutating func bytes(_ count: Int, in range: ClosedRange<UInt8> = 0...255) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: range, using: &self) }
    }

    /// Cuts out, doubles, inserts or changes some bytes.
    package mutating func mutate(_ bytes: inout [UInt8], words: [[UInt8]]) {
        let at = Int.random(in: 0...bytes.count, using: &self)
        let end = min(bytes.count, at + Int.random(in: 0...12, using: &self))
        switch Int.random(in: 0..<5, using: &self) {
        case 0: bytes.removeSubrange(at..<end)
        case 1: bytes.insert(contentsOf: words.randomElement(using: &self) ?? [], at: at)
        case 2: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 3: bytes.replaceSubrange(at..<end, with: words.randomElement(using: &self) ?? [])
        default: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &self) }
        }
    }
}

/// A fixed number of rounds, or as many as fit into `FUZZ_SECONDS`.
package func rounds(_ count: Int) -> some Sequence<Int> {
    let seconds = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap(Double.init)
    let start = ContinuousClock.now
    return (0...).lazy.prefix { round in
        guard let seconds else { return round < count }
        return ContinuousClock.now - start < .seconds(seconds)
    }
}
