/// Values over time, a strip each, under one another on one axis of time.
struct StripChart {
    struct Strip {
        let name: String
        /// A value as people read it.
        let words: (Double) -> String
        let scale: Scale
        let steps: [Timeline.Step]
        /// Of the whole run, where that is not the mean of its steps.
        var overall: Double?

        var average: String {
            overall.map { "overall \(words($0))" } ?? "mean \(words(steps.mean))"
        }
    }

    let id: String
    let title: String
    /// What the strips show, and in which unit.
    let caption: String
    let strips: [Strip]
    let duration: Double

    private static let left = 124.0
    private static let right = 566.0
    private static let top = 10.0
    private static let stripHeight = 32.0
    private static let pitch = 44.0

    private func x(_ seconds: Double) -> Double {
        Self.left + (Self.right - Self.left) * min(1, max(0, seconds / duration))
    }

    var picture: Node {
        let bottom = Self.top + Double(strips.count) * Self.pitch
        let averages = strips.map { "\($0.name) \($0.average)" }
        var drawing = Drawing(
            id, title: title,
            description: "\(caption) \(averages.joined(separator: ", ")).",
            height: bottom + 34)
        for time in Scale.times(upTo: duration) {
            let x = x(time.seconds)
            drawing.line(x1: x, y1: bottom - 4, x2: x, y2: bottom, "grid")
            drawing.text(time.label, x: x, y: bottom + 13, anchor: "middle", "small")
        }
        drawing.text(
            "time since the pipeline started", x: (Self.left + Self.right) / 2, y: bottom + 29,
            anchor: "middle", "small faint")
        for (index, strip) in strips.enumerated() {
            draw(strip, at: Self.top + Double(index) * Self.pitch, in: &drawing)
        }
        return drawing.node
    }

    private func draw(_ strip: Strip, at top: Double, in drawing: inout Drawing) {
        let base = top + Self.stripHeight
        func y(_ value: Double) -> Double {
            base - Self.stripHeight * min(1, max(0, value / strip.scale.top))
        }
        drawing.rect(
            x: Self.left, y: top, width: Self.right - Self.left, height: Self.stripHeight, "plot")
        for time in Scale.times(upTo: duration) {
            let x = x(time.seconds)
            drawing.line(x1: x, y1: top, x2: x, y2: base, "grid")
        }
        for run in Self.runs(strip.steps) {
            let line = run.flatMap { step in
                let y = y(step.value ?? 0)
                return [(x(step.start), y), (x(step.end), y)]
            }
            guard let first = line.first, let last = line.last else { continue }
            drawing.path(
                [(first.0, base)] + line + [(last.0, base)], isClosed: true, "area")
            drawing.path(line, "curve")
        }
        drawing.text(strip.name, x: Self.left - 8, y: top + 13, anchor: "end", "strong")
        drawing.text(
            strip.average, x: Self.left - 8, y: top + 28, anchor: "end",
            "small")
        drawing.text(strip.scale.label, x: Self.right + 6, y: top + 9, "small")
        drawing.text("0", x: Self.right + 6, y: base + 1, "small")
    }

    /// Steps that follow one another without a gap.
    private static func runs(_ steps: [Timeline.Step]) -> [[Timeline.Step]] {
        steps.split { $0.value == nil }.map(Array.init)
    }

    /// The same as figures.
    var table: Table {
        Table(
            caption: title, columns: ["", "mean", "highest in one step"],
            rows: strips.map { strip in
                [
                    strip.name, strip.words(strip.overall ?? strip.steps.mean),
                    strip.words(strip.steps.highest),
                ]
            })
    }
}
