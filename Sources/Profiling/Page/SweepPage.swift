import Jobs

/// A sweep as one page of HTML: what is worth choosing from, as a picture and as a table.
package struct SweepPage {
    private let sweep: Sweep

    package init(_ sweep: Sweep) { self.sweep = sweep }

    package var html: String {
        Page(
            title: "\(sweep.job) – sealpipe sweep",
            kicker: "Sweep of \(sweep.job), \(sweep.started), \(sweep.tool)", headline: headline,
            sections: [
                ("Speed against size", [.figure(chart, caption, table)]),
                ("The machine", [PageFacts.machine(sweep.machine)]),
            ]
        ).html
    }

    private var headline: String {
        let front = sweep.front
        guard let fastest = front.first, let smallest = front.last else {
            return "Nothing was run."
        }
        let first = "The fastest is \(fastest.name) with \(Figure.rate(fastest.rate))"
        guard front.count > 1 else { return "\(first), and no other stores less." }
        return "\(first); the smallest is \(smallest.name), ratio "
            + "\(Figure.ratio(smallest.ratio)) at \(Figure.rate(smallest.rate))."
    }

    private var caption: String {
        "Each mark is a combination of settings, with its number in the table: to the right is faster, "
            + "upwards is smaller. The line joins those that no other beats in both; bars reach from the "
            + "slowest to the fastest of \(Amount.count(sweep.rounds, "run"))."
    }

    private var table: Table {
        Table(
            caption: "Every combination; the best are marked with *",
            columns: ["no."] + SweepWords.columns,
            rows: SweepWords.rows(sweep).enumerated().map { ["\($0 + 1)"] + $1 },
            wordColumns: [1])
    }

    private var chart: Node { SweepChart(sweep: sweep).picture }
}
