/// How many requests took how long, in steps that double or so.
struct LatencyHistogram {
    /// Upper bounds in seconds.
    static let bounds = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5,
    ]

    /// One more than bounds: the last counts what took longer.
    private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    private(set) var sum = 0.0

    mutating func add(seconds: Double) {
        let place = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        counts[place] += 1
        sum += seconds
    }

    var count: UInt64 { counts.reduce(0, +) }
}
