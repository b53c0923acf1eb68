import Foundation

/// One figure of every run, from the oldest to the newest, at equal distances.
struct HistoryChart {
    let id: String
    let title: String
    /// Nil where it is not known: there the line has a gap.
    let values: [Double?]
    /// When the runs began, as the axis says it.
    let starts: [String]
    let scale: Scale
    let words: (Double) -> String

    private static let left = 84.0
    private static let right = 604.0
    private static let top = 12.0
    private static let bottom = 152.0

    /// Nil where nothing is known of any run.
    var picture: Node? {
        let known = values.compactMap(\.self)
        guard let newest = known.last, let least = known.min(), let most = known.max() else {
            return nil
        }
        var drawing = Drawing(
            id, title: title,
            description: "\(title) of \(known.count) runs: from \(words(least)) to \(words(most)), "
                + "\(words(newest)) at last.",
            height: Self.bottom + 40)
        drawFrame(in: &drawing)
        let points = values.enumerated().map { index, value in
            value.map { (x: x(index), y: y($0)) }
        }
        for line in points.split(whereSeparator: { $0 == nil }) {
            drawing.path(line.compactMap(\.self), "curve")
        }
        for point in points.compactMap(\.self) {
            drawing.circle(x: point.x, y: point.y, radius: 3, "mark")
        }
        return drawing.node
    }

    private func drawFrame(in drawing: inout Drawing) {
        drawing.rect(
            x: Self.left, y: Self.top, width: Self.right - Self.left,
            height: Self.bottom - Self.top, "plot")
        let middle = (Self.top + Self.bottom) / 2
        for y in [Self.top, middle, Self.bottom] {
            drawing.line(x1: Self.left, y1: y, x2: Self.right, y2: y, "grid")
        }
        drawing.text(scale.label, x: Self.left - 8, y: Self.top + 5, anchor: "end", "small")
        drawing.text("0", x: Self.left - 8, y: Self.bottom + 4, anchor: "end", "small")
        var labelled = [0, starts.count / 2, starts.count - 1]
        // Those of a few runs would stand over one another.
        if starts.count < 5 { labelled.remove(at: 1) }
        if starts.count == 1 { labelled.removeLast() }
        for index in labelled {
            drawing.text(
                starts[index], x: x(index), y: Self.bottom + 18, anchor: "middle", "small")
        }
        drawing.text(
            "run, the newest at the right", x: (Self.left + Self.right) / 2, y: Self.bottom + 34,
            anchor: "middle", "small faint")
    }

    private func x(_ index: Int) -> Double {
        guard values.count > 1 else { return (Self.left + Self.right) / 2 }
        // Room for half a label at both ends.
        let (first, last) = (Self.left + 34, Self.right - 34)
        return first + (last - first) * Double(index) / Double(values.count - 1)
    }

    private func y(_ value: Double) -> Double {
        Self.bottom - (Self.bottom - Self.top) * min(1, max(0, value / scale.top))
    }
}
