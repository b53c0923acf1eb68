private import Synchronization
private import Glibc

/// What a stage did: counters that any thread may add to.
package final class StageMeter: Sendable {
    package let name: String
    private let items = Atomic<Int>(0)
    private let bytesIn = Atomic<Int>(0)
    private let bytesOut = Atomic<Int>(0)
    private let busyNanoseconds = Atomic<Int>(0)

    package init(_ name: String) { self.name = name }

    package func count(items: Int = 1, bytesIn: Int = 0, bytesOut: Int = 0) {
        self.items.add(items, ordering: .relaxed)
        self.bytesIn.add(bytesIn, ordering: .relaxed)
        self.bytesOut.add(bytesOut, ordering: .relaxed)
    }

    /// Adds the time `body` takes to the stage's busy time.
    package func measure<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let start = monotonicNanoseconds()
        defer { busyNanoseconds.add(monotonicNanoseconds() - start, ordering: .relaxed) }
        return try body()
    }

    /// The figures at one moment.
    package struct Reading: Sendable, Equatable {
        package let name: String
        package let items: Int
        package let bytesIn: Int
        package let bytesOut: Int
        package let busySeconds: Double
    }

    package var reading: Reading {
        Reading(
            name: name, items: items.load(ordering: .relaxed),
            bytesIn: bytesIn.load(ordering: .relaxed), bytesOut: bytesOut.load(ordering: .relaxed),
            busySeconds: Double(busyNanoseconds.load(ordering: .relaxed)) / 1e9)
    }
}

/// Nanoseconds on a clock that never jumps. Source: clock_gettime(2), CLOCK_MONOTONIC.
package func monotonicNanoseconds() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
