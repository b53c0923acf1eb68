import Testing

@testable import Jobs

@Suite struct DrillSampleTests {
    private func taken(_ share: Percentage, of count: Int, seed: UInt64) -> [Int] {
        let sample = DrillSample(share, of: count * 100, seed: seed)
        return (0..<count).filter { sample.takes($0 * 100..<$0 * 100 + 100) }
    }

    @Test func `there is always one chunk, and all of them where all are wanted`() {
        for seed in UInt64(0)..<100 {
            #expect(taken(.smallest, of: 1, seed: seed).count == 1)
            #expect(taken(.smallest, of: 7, seed: seed).count >= 1)
            #expect(taken(.all, of: 7, seed: seed).count == 7)
        }
    }

    @Test func `about the share is taken`() throws {
        let count = taken(try Percentage("5%"), of: 10_000, seed: 42).count
        #expect(400...600 ~= count)
    }

    @Test func `each seed takes other chunks, and all get their turn`() throws {
        let share = try Percentage("10%")
        #expect(taken(share, of: 1000, seed: 1) != taken(share, of: 1000, seed: 2))
        #expect(taken(share, of: 1000, seed: 1) == taken(share, of: 1000, seed: 1))
        let seen = (UInt64(0)..<200).reduce(into: Set<Int>()) { seen, seed in
            seen.formUnion(taken(share, of: 20, seed: seed))
        }
        #expect(seen.count == 20)
    }
}
