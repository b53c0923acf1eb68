@testable import Pipeline
import Testing

@Suite struct StageMeterTests {
    @Test func `a new meter reads zero`() {
        #expect(
            StageMeter("pack").reading == StageMeter.Reading("pack"))
    }

    @Test func `counts of many threads add up`() {
        let meter = StageMeter("pack")
        onThreads(4) { _ in
            for _ in 0..<1000 { meter.count(bytesIn: 3, bytesOut: 2) }
            meter.count(items: 5)
        }
        let reading = meter.reading
        #expect(reading.items == 4020)
        #expect(reading.bytesIn == 12000)
        #expect(reading.bytesOut == 8000)
    }

    @Test func `time is measured, also of work that fails, and results pass through`() {
        let meter = StageMeter("pack")
        func work() {
            let start = monotonicNanoseconds()
            while monotonicNanoseconds() - start < 1_000_000 {}
        }
        let result = meter.measure {
            work()
            return 7
        }
        #expect(result == 7)
        #expect(throws: Oops(1)) {
            try meter.measure { () throws(Oops) in
                work()
                throw Oops(1)
            }
        }
        #expect(meter.reading.busySeconds >= 0.002)
        #expect(meter.reading.busySeconds < 60)
    }

    @Test func `the clock never goes back`() {
        var last = monotonicNanoseconds()
        for _ in 0..<1000 {
            let now = monotonicNanoseconds()
            #expect(now >= last)
            last = now
        }
    }
}
