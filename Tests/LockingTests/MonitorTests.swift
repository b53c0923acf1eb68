import Dispatch
import Locking
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
        let seen = Monitor(0)
        onThreads(2) { number in
            if number == 0 {
                let found = state.wait { $0 >= 3 ? $0 : nil }
                seen.update { $0 = found }
            } else {
                for _ in 0..<3 { state.update { $0 += 1 } }
            }
        }
        #expect(seen.read { $0 } == 3)
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
        #expect(throws: Oops.self) { try state.update { _ throws(Oops) in throw Oops() } }
        #expect(throws: Oops.self) {
            try state.wait { _ throws(Oops) -> Int? in throw Oops() }
        }
        state.update { $0 += 1 }
        #expect(state.read { $0 } == 2)
    }

    @Test func `who waits for room and who waits for content are woken apart`() {
        let count = Monitor(0)
        onThreads(2) { number in
            for _ in 0..<2000 {
                if number == 0 {
                    count.wait(for: .room) { count, waking -> Void? in
                        guard count == 0 else { return nil }
                        waking = .content
                        count = 1
                        return ()
                    }
                } else {
                    count.wait(for: .content) { count, waking -> Void? in
                        guard count == 1 else { return nil }
                        waking = .room
                        count = 0
                        return ()
                    }
                }
            }
        }
        #expect(count.read { $0 } == 0)
    }

    @Test func `an observer hears of a wait, and of none where there is nothing to wait for`() {
        final class Observer: WaitObserver {
            let heard = Monitor<[String]>([])

            func begin() -> Int {
                heard.update { $0.append("begin") }
                return 7
            }

            func end(_ began: Int) { heard.update { $0.append("end \(began)") } }
        }
        let state = Monitor(1)
        let idle = Observer()
        #expect(state.wait(idle) { state, _ in state } == 1)
        #expect(idle.heard.read { $0 } == [])
        let waiting = Observer()
        onThreads(2) { number in
            if number == 0 {
                state.wait(waiting) { state, _ in state == 2 ? () : nil }
            } else {
                waiting.heard.wait { $0.isEmpty ? nil : () }
                state.update { $0 = 2 }
            }
        }
        #expect(waiting.heard.read { $0 } == ["begin", "end 7"])
    }
}

private struct Oops: Error {}

/// Runs each number on a thread of its own and waits for all of them.
private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for number in 0..<count {
        DispatchQueue(label: "test.\(number)").async(group: group) { body(number) }
    }
    group.wait()
}
