import Foundation

/// How long single pieces of work took, a row a stage, on an axis on which each step is ten times the
/// last: latencies of one run lie between microseconds and seconds.
struct LatencyChart {
    let profile: Profile

    private static let left = 124.0
    private static let right = 610.0
    private static let top = 30.0
    private static let pitch = 30.0
    /// Milliseconds below which nothing is measured.
    private static let least = 0.001

    private var rows: [(name: String, latency: Profile.Latency)] {
        profile.stages.compactMap { stage in
            stage.latencyMilliseconds.map { (stage.name, $0) }
        }
    }

    private typealias Mark = (name: String, value: @Sendable (Profile.Latency) -> Double)
    private static let marks: [Mark] = [
        ("p50", { $0.p50 }), ("p90", { $0.p90 }), ("p99", { $0.p99 }), ("p99.9", { $0.p999 }),
        ("longest", { $0.longest }),
    ]

    /// Nil where no latency was measured.
    var picture: Node? {
        guard let shortest = rows.map({ log10(max(Self.least, $0.latency.p50)) }).min(),
            let longest = rows.map({ log10(max(Self.least, $0.latency.longest)) }).max()
        else { return nil }
        let first = floor(shortest)
        let last = max(first + 1, ceil(longest))
        func x(_ milliseconds: Double) -> Double {
            let place = (log10(max(Self.least, milliseconds)) - first) / (last - first)
            return Self.left + (Self.right - Self.left) * place
        }
        let bottom = Self.top + Double(rows.count) * Self.pitch
        var drawing = Drawing(
            "latency", title: "Latency of single pieces of work, by stage",
            description: "Logarithmic. "
                + rows.map { row in
                    "\(row.name): half within \(Figure.latency(milliseconds: row.latency.p50)), "
                        + "99 % within \(Figure.latency(milliseconds: row.latency.p99))."
                }.joined(separator: " "),
            height: bottom + 34)
        for power in Int(first)...Int(last) {
            let x = x(pow(10, Double(power)))
            drawing.line(x1: x, y1: Self.top, x2: x, y2: bottom, "grid")
            drawing.text(
                Self.label(power), x: x, y: bottom + 13, anchor: "middle", "small")
        }
        drawing.text(
            "time a piece of work took", x: (Self.left + Self.right) / 2, y: bottom + 29,
            anchor: "middle", "small faint")
        for (index, mark) in Self.marks.enumerated() {
            let x = Self.left + 6 + Double(index) * 92
            Self.draw(index, x: x, y: 10, in: &drawing)
            drawing.text(mark.name, x: x + 10, y: 14, "small")
        }
        for (index, row) in rows.enumerated() {
            let y = Self.top + (Double(index) + 0.5) * Self.pitch
            drawing.text(row.name, x: Self.left - 8, y: y + 4, anchor: "end", "strong")
            drawing.line(
                x1: x(row.latency.p50), y1: y, x2: x(row.latency.longest), y2: y, "range")
            // The rarest first, so that what is most common lies on top.
            for (number, mark) in Self.marks.enumerated().reversed() {
                Self.draw(number, x: x(mark.value(row.latency)), y: y, in: &drawing)
            }
        }
        return drawing.node
    }

    /// The marks differ in shape, not in colour alone.
    private static func draw(_ mark: Int, x: Double, y: Double, in drawing: inout Drawing) {
        switch mark {
        case 0: drawing.circle(x: x, y: y, radius: 5.5, "mark")
        case 1: drawing.circle(x: x, y: y, radius: 4.5, "mark open")
        case 2:
            drawing.path(
                [(x - 5.5, y), (x, y - 5.5), (x + 5.5, y), (x, y + 5.5)], isClosed: true, "mark")
        case 3: drawing.rect(x: x - 4, y: y - 4, width: 8, height: 8, "mark open")
        default: drawing.line(x1: x, y1: y - 8, x2: x, y2: y + 8, "end")
        }
    }

    private static func label(_ power: Int) -> String {
        switch power {
        case ..<0: String(format: "%.0f µs", pow(10, Double(power + 3)))
        case 0..<3: String(format: "%.0f ms", pow(10, Double(power)))
        default: String(format: "%.0f s", pow(10, Double(power - 3)))
        }
    }

    var table: Table {
        Table(
            caption: "Latency of single pieces of work",
            columns: ["stage", "pieces"] + Self.marks.map(\.name),
            rows: rows.map { row in
                [row.name, Figure.count(row.latency.count)]
                    + Self.marks.map { Figure.latency(milliseconds: $0.value(row.latency)) }
            })
    }
}
