import Testing

@testable import OKMSServer

@Suite struct RefusalBudgetTests {
    private func allowed(
        _ budget: RefusalBudget, _ times: Int, from address: String, at now: Double
    ) -> Int {
        (0..<times).count { _ in budget.allow(from: RequestSource(address), at: now) }
    }

    @Test func `an origin has a few at once and a few a second`() {
        let budget = RefusalBudget()
        #expect(allowed(budget, 100, from: "192.0.2.1", at: 0) == 20)
        #expect(allowed(budget, 100, from: "192.0.2.1", at: 1) == 10)
        #expect(allowed(budget, 5, from: "192.0.2.2", at: 1) == 5)
        let counts = budget.takeUnrecorded()
        #expect(counts.map(\.origin) == ["192.0.2.1"] && counts.map(\.count) == [170])
        #expect(budget.takeUnrecorded().isEmpty)
    }

    @Test func `all origins together have a limit, and none is forgotten before it is told`() {
        let budget = RefusalBudget(capacity: 50)
        var recorded = 0
        for number in 0..<200 {
            recorded += allowed(budget, 10, from: "192.0.2.\(number)", at: 0)
        }
        #expect(recorded == 200)
        #expect(budget.takeUnrecorded().reduce(0) { $0 + $1.count } == 2000 - recorded)
    }

    @Test func `the busiest origins are named, the others are counted together`() {
        let budget = RefusalBudget()
        for number in 1...5 {
            _ = allowed(budget, 20 + number, from: "192.0.2.\(number)", at: 0)
        }
        let counts = budget.takeUnrecorded(busiest: 2)
        #expect(counts.map(\.origin) == ["192.0.2.5", "192.0.2.4", nil])
        #expect(counts.map(\.count) == [5, 4, 6])
    }

    @Test func `what could not be told is told the next time`() {
        let budget = RefusalBudget()
        _ = allowed(budget, 25, from: "192.0.2.1", at: 0)
        for (origin, count) in budget.takeUnrecorded() { budget.putBack(count, from: origin) }
        budget.putBack(2, from: nil)
        #expect(budget.takeUnrecorded().map(\.count) == [5, 2])
    }

    @Test func `quiet origins make room`() {
        let budget = RefusalBudget(capacity: 2)
        #expect(allowed(budget, 1, from: "192.0.2.1", at: 0) == 1)
        #expect(allowed(budget, 1, from: "192.0.2.2", at: 0) == 1)
        #expect(allowed(budget, 1, from: "192.0.2.3", at: 0) == 0)
        #expect(allowed(budget, 1, from: "192.0.2.3", at: 10) == 1)
    }
}
