import Pipeline
import Testing

@Suite(.timeLimit(.minutes(1))) struct MonitorTests {
    @Test func `updates of many threads never overlap`() {
        let sum = Monitor(0)
        onThreads(4) { _ in
            for _ in 0..<2000 { sum.update { $0 += 1 } }
        }
        #expect(sum.read { $0 } == 8000)
    }

    @Test func `a waiting thread wakes when the state suits it`() {
        let state = Monitor(0)
        let seen = Notes<Int>()
        onThreads(2) { number in
            if number == 0 {
                seen.add(state.wait { $0 >= 3 ? $0 : nil })
            } else {
                for _ in 0..<3 { state.update { $0 += 1 } }
            }
        }
        #expect(seen.all == [3])
    }

    @Test func `what a wait changes wakes the others`() {
        let turn = Monitor(0)
        onThreads(4) { number in
            for round in 0..<50 {
                turn.wait { turn -> Void? in
                    guard turn == round * 4 + number else { return nil }
                    turn += 1
                    return ()
                }
            }
        }
        #expect(turn.read { $0 } == 200)
    }

    @Test func `one is woken where one is enough`() {
        let tickets = Monitor(0)
        onThreads(5) { number in
            for _ in 0..<200 {
                if number == 0 {
                    for _ in 0..<4 {
                        tickets.update { tickets, waking in
                            waking = .one
                            tickets += 1
                        }
                    }
                } else {
                    tickets.wait { tickets, waking -> Void? in
                        waking = .none
                        guard tickets > 0 else { return nil }
                        tickets -= 1
                        return ()
                    }
                }
            }
        }
        #expect(tickets.read { $0 } == 0)
    }

    @Test func `errors pass through and leave the monitor usable`() {
        let state = Monitor(1)
        #expect(throws: Oops(7)) { try state.update { _ throws(Oops) in throw Oops(7) } }
        #expect(throws: Oops(8)) {
            try state.wait { _ throws(Oops) -> Int? in throw Oops(8) }
        }
        state.update { $0 += 1 }
        #expect(state.read { $0 } == 2)
    }
}
