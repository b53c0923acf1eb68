/// Speed against compression: a mark for each combination of a sweep, with its number in the table, and a
/// line through the best.
struct SweepChart {
    private typealias Point = (x: Double, y: Double)

    private let sweep: Sweep
    /// Bytes of tar a second, from nothing on.
    private let rates: Scale
    /// From the least ratio to the greatest: they often differ by a few hundredths.
    private let ratios: Scale.Span

    private static let (left, right, top, bottom) = (64.0, 600.0, 16.0, 320.0)

    init(sweep: Sweep) {
        self.sweep = sweep
        let measured = sweep.trials.flatMap { trial in trial.seconds.map(trial.rate) }
        rates = Scale.bytes(upTo: measured.max() ?? 0, per: "/s")
        let known = sweep.trials.map(\.ratio)
        ratios = Scale.span(from: known.min() ?? 0, to: known.max() ?? 0)
    }

    var picture: Node {
        var drawing = Drawing(
            "sweep", title: "Speed against size",
            description: "The best are, from the fastest to the smallest: "
                + sweep.front.map { "\($0.name) with \(Figure.rate($0.rate))" }
                .joined(separator: ", "),
            height: Self.bottom + 44)
        drawing.rect(
            x: Self.left, y: Self.top, width: Self.right - Self.left,
            height: Self.bottom - Self.top, "plot")
        axes(&drawing)
        drawing.path(sweep.front.map(place), "curve")
        for trial in sweep.trials {
            let (x, y) = place(trial)
            let ends = trial.seconds.map { self.x(trial.rate($0)) }
            if let least = ends.min(), let most = ends.max() {
                drawing.line(x1: least, y1: y, x2: most, y2: y, "range")
            }
            drawing.circle(
                x: x, y: y, radius: trial.isBest ? 5 : 4, trial.isBest ? "mark" : "mark open")
        }
        number(&drawing)
        return drawing.node
    }

    private func place(_ trial: Sweep.Trial) -> Point { (x(trial.rate), y(trial.ratio)) }

    private func x(_ rate: Double) -> Double {
        Self.left + (Self.right - Self.left) * rate / rates.top
    }

    private func y(_ ratio: Double) -> Double {
        Self.bottom - (Self.bottom - Self.top) * ratios.share(of: ratio)
    }

    private func axes(_ drawing: inout Drawing) {
        drawing.text("0", x: Self.left, y: Self.bottom + 16, anchor: "middle", "small")
        drawing.text(rates.label, x: Self.right, y: Self.bottom + 16, anchor: "middle", "small")
        drawing.text(
            "bytes of tar a second", x: (Self.left + Self.right) / 2, y: Self.bottom + 34,
            anchor: "middle", "small")
        for mark in ratios.marks {
            let y = y(mark.value)
            drawing.line(x1: Self.left, y1: y, x2: Self.right, y2: y, "grid")
            drawing.text(mark.label, x: Self.left - 8, y: y + 4, anchor: "end", "small")
        }
        drawing.text("ratio", x: Self.left, y: Self.top - 6, anchor: "end", "small")
    }

    /// Puts each mark's number where no other is: above it, or else below, right or left.
    private func number(_ drawing: inout Drawing) {
        var taken: [Point] = []
        for (index, trial) in sweep.trials.enumerated() {
            let (x, y) = place(trial)
            let spots: [Point] = [(x, y - 9), (x, y + 19), (x + 14, y + 5), (x - 14, y + 5)]
            let isFree = { (spot: Point) in
                !taken.contains { abs($0.x - spot.x) < 16 && abs($0.y - spot.y) < 13 }
            }
            let spot = spots.first(where: isFree) ?? spots[0]
            taken.append(spot)
            drawing.text(
                "\(index + 1)", x: spot.x, y: spot.y, anchor: "middle",
                trial.isBest ? "halo strong" : "halo small")
        }
    }
}
