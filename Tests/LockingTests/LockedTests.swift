import Dispatch
import Locking
import Testing

@Suite(.timeLimit(.minutes(1))) struct LockedTests {
    @Test func `changes of many threads never overlap`() {
        let sum = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<2000 { sum.withValue { $0 += 1 } }
        }
        #expect(sum.withValue { $0 } == 8000)
    }

    @Test func `a thread that waits sees what is signalled`() {
        let value = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 2) { number in
            if number == 0 {
                value.wait { $0 == 3 ? () : nil }
            } else {
                for _ in 0..<3 { value.signal { $0 += 1 } }
            }
        }
        #expect(value.withValue { $0 } == 3)
    }

    @Test func `an error passes through and leaves the value usable`() {
        struct Oops: Error {}
        let value = Locked(1)
        #expect(throws: Oops.self) { try value.withValue { _ throws(Oops) in throw Oops() } }
        value.withValue { $0 += 1 }
        #expect(value.withValue { $0 } == 2)
    }
}
