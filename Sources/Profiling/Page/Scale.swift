import Foundation

/// The end of an axis, at a round number, with the label that stands there.
struct Scale {
    let top: Double
    let label: String

    /// From nothing to all.
    static let share = Scale(top: 1, label: "100 %")

    static func number(upTo value: Double) -> Scale {
        let top = round(above: value)
        return Scale(top: top, label: plain(top))
    }

    static func items(_ capacity: Int) -> Scale {
        Scale(top: Double(max(1, capacity)), label: "\(capacity) items")
    }

    static func bytes(upTo value: Double, per unit: String = "") -> Scale {
        let names = ["B", "KiB", "MiB", "GiB", "TiB"]
        let power = max(0, min(names.count - 1, Int(log2(max(1, value))) / 10))
        let factor = Double(1 << (10 * power))
        let top = round(above: value / factor)
        return Scale(top: top * factor, label: "\(plain(top)) \(names[power])\(unit)")
    }

    /// An axis that does not begin at 0.
    struct Span {
        let bottom: Double
        let top: Double
        /// From the bottom to the top, at equal distances.
        let marks: [(value: Double, label: String)]

        /// Where a value is, from 0 at the bottom to 1 at the top.
        func share(of value: Double) -> Double { (value - bottom) / (top - bottom) }
    }

    /// From the round number below `least` to the one above `most`, with two to seven marks.
    static func span(from least: Double, to most: Double) -> Span {
        let step = round(above: (most - least) / 4)
        var (first, last) = ((least / step).rounded(.down), (most / step).rounded(.up))
        if first == last { (first, last) = (max(0, first - 1), last + 1) }
        let marks = stride(from: first, through: last, by: 1).map { ($0 * step, plain($0 * step)) }
        return Span(bottom: first * step, top: last * step, marks: marks)
    }

    /// Where an axis of time has its labels.
    static func times(upTo seconds: Double) -> [(seconds: Double, label: String)] {
        guard seconds > 0 else { return [] }
        let unit: (length: Double, name: String) =
            seconds < 120 ? (1, "s") : seconds < 7200 ? (60, "min") : (3600, "h")
        let step = round(above: seconds / unit.length / 6)
        return (0...Int(seconds / unit.length / step)).map { index in
            let value = Double(index) * step
            return (value * unit.length, "\(plain(value)) \(unit.name)")
        }
    }

    /// The next of …, 0.5, 1, 2, 5, 10, …
    static func round(above value: Double) -> Double {
        guard value.isFinite, value > 0 else { return 1 }
        let power = pow(10, floor(log10(value)))
        for factor in [1.0, 2, 5] where factor * power >= value * 0.999 { return factor * power }
        return 10 * power
    }

    private static func plain(_ value: Double) -> String {
        value >= 10 || value == value.rounded()
            ? String(format: "%.0f", value) : String(format: "%g", value)
    }
}
