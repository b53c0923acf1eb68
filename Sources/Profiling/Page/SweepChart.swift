/// Speed against compression: a mark for each combination of a sweep, a line through the best.
struct SweepChart {
    let sweep: Sweep

    private static let (left, right, top, bottom) = (64.0, 600.0, 16.0, 320.0)

    var picture: Node {
        let rates = sweep.trials.flatMap { trial in
            trial.seconds.filter { $0 > 0 }.map { Double(trial.tarBytes) / $0 }
        }
        let fastest = Scale.bytes(upTo: rates.max() ?? 0, per: "/s")
        let smallest = Scale.number(upTo: sweep.trials.map(\.ratio).max() ?? 0)
        var drawing = Drawing(
            "sweep", title: "Speed against size",
            description: "The best are, from the fastest to the smallest: "
                + sweep.front.map { "\($0.name) with \(Figure.rate($0.rate))" }
                .joined(separator: ", "),
            height: Self.bottom + 44)
        drawing.rect(
            x: Self.left, y: Self.top, width: Self.right - Self.left,
            height: Self.bottom - Self.top, "plot")
        axes(&drawing, fastest, smallest)
        func place(_ trial: Sweep.Trial) -> (x: Double, y: Double) {
            (x(trial.rate, fastest), y(trial.ratio, smallest))
        }
        drawing.path(sweep.front.map(place), "curve")
        for trial in sweep.trials {
            let (x, y) = place(trial)
            let ends = trial.seconds.filter { $0 > 0 }.map {
                self.x(Double(trial.tarBytes) / $0, fastest)
            }
            if let least = ends.min(), let most = ends.max() {
                drawing.line(x1: least, y1: y, x2: most, y2: y, "range")
            }
            drawing.circle(
                x: x, y: y, radius: trial.isBest ? 5 : 3, trial.isBest ? "mark" : "mark open")
        }
        label(&drawing, place)
        return drawing.node
    }

    private func x(_ rate: Double, _ scale: Scale) -> Double {
        Self.left + (Self.right - Self.left) * rate / scale.top
    }

    private func y(_ ratio: Double, _ scale: Scale) -> Double {
        Self.bottom - (Self.bottom - Self.top) * ratio / scale.top
    }

    private func axes(_ drawing: inout Drawing, _ fastest: Scale, _ smallest: Scale) {
        drawing.text("0", x: Self.left, y: Self.bottom + 16, anchor: "middle", "small")
        drawing.text(
            fastest.label, x: Self.right, y: Self.bottom + 16, anchor: "middle", "small")
        drawing.text(
            "bytes of tar a second", x: (Self.left + Self.right) / 2, y: Self.bottom + 34,
            anchor: "middle", "small")
        drawing.text(smallest.label, x: Self.left - 8, y: Self.top + 4, anchor: "end", "small")
        drawing.text("0", x: Self.left - 8, y: Self.bottom, anchor: "end", "small")
        drawing.text(
            "ratio", x: Self.left - 8, y: (Self.top + Self.bottom) / 2, anchor: "end", "small")
    }

    /// Names the best where there is room: above the mark and its bar.
    private func label(
        _ drawing: inout Drawing, _ place: (Sweep.Trial) -> (x: Double, y: Double)
    ) {
        var taken: [Double] = []
        for trial in sweep.front {
            let (x, y) = place(trial)
            guard !taken.contains(where: { abs($0 - y) < 16 }) else { continue }
            taken.append(y)
            let isRight = x > (Self.left + Self.right) / 2
            drawing.text(trial.name, x: x, y: y - 7, anchor: isRight ? "end" : "start", "small")
        }
    }
}
