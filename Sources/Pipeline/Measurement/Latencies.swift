internal import Histogram
private import Locking

/// How long single pieces of a stage's work took: a histogram from a microsecond to an hour with two
/// significant digits, so its size does not depend on what is counted.
final class Latencies: Sendable {
    private let histogram = Monitor(
        Histogram<UInt32>(
            lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000,
            numberOfSignificantValueDigits: .two))

    func record(nanoseconds: Int) {
        let microseconds = UInt64(clamping: max(1, min(nanoseconds / 1000, 3_600_000_000)))
        histogram.update { histogram, waking in
            waking = .none
            _ = histogram.record(microseconds)
        }
    }

    /// Nil as long as nothing was recorded.
    var summary: LatencySummary? {
        histogram.read { histogram in
            guard histogram.totalCount > 0 else { return nil }
            func milliseconds(_ percentile: Double) -> Double {
                Double(histogram.valueAtPercentile(percentile)) / 1000
            }
            return LatencySummary(
                count: Int(histogram.totalCount), median: milliseconds(50), p90: milliseconds(90),
                p99: milliseconds(99), p999: milliseconds(99.9), longest: milliseconds(100))
        }
    }
}

/// Percentiles of the time that a piece of work takes, in milliseconds.
package struct LatencySummary: Sendable, Equatable {
    package let count: Int
    package let median: Double
    package let p90: Double
    package let p99: Double
    package let p999: Double
    package let longest: Double
}
