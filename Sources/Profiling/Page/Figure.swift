import Foundation
import Jobs

/// Figures as people read them.
enum Figure {
    static func bytes(_ value: Double) -> String { Amount.bytes(Int(min(max(0, value), 1e18))) }

    static func rate(_ bytesPerSecond: Double) -> String { bytes(bytesPerSecond) + "/s" }

    static func seconds(_ value: Double) -> String {
        if value < 120 { return "\(digits(value)) s" }
        let whole = Int(min(value, 1e15).rounded())
        if whole < 7200 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole / 60 % 60) min"
    }

    /// In the unit in which it is no tiny number.
    static func latency(milliseconds value: Double) -> String {
        if value < 1 { return "\(digits(value * 1000)) µs" }
        if value < 1000 { return "\(digits(value)) ms" }
        return seconds(value / 1000)
    }

    static func ratio(_ value: Double) -> String { digits(value) }

    static func count(_ value: Int) -> String {
        let text = "\(value)"
        return String(
            text.enumerated().flatMap { index, digit in
                // A narrow space before each three digits.
                index > 0 && (text.count - index) % 3 == 0 ? ["\u{202f}", digit] : [digit]
            })
    }

    /// A count that takes little room.
    static func shortCount(_ value: Int) -> String {
        value < 1_000_000 ? count(value) : "\(digits(Double(value) / 1e6)) million"
    }

    /// Three of them, as far as there are any.
    static func digits(_ value: Double) -> String {
        String(format: value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value)
    }
}
