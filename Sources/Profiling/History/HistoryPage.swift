package import Jobs

/// The histories of sets as one page of HTML: charts of the last runs, what is worse, and the figures.
package struct HistoryPage {
    private let histories: [RunHistory]
    private let last: Int
    private let tool: String

    package init(_ histories: [RunHistory], last: Int, tool: String) {
        (self.histories, self.last, self.tool) = (histories, last, tool)
    }

    package var html: String {
        let names = histories.map(\.set).joined(separator: ", ")
        return Page(
            title: "\(names) – sealpipe history", kicker: "History of \(names), \(tool)",
            headline: verdict, sections: histories.enumerated().map { section($1, number: $0) }
        ).html
    }

    private var verdict: String {
        if histories.contains(where: { !$0.regressions.isEmpty }) {
            return "The newest run is worse than those before it."
        }
        return histories.contains { $0.runs.count > Regression.fewest }
            ? "The newest run is no worse than those before it."
            : "There are too few runs yet to compare the newest with."
    }

    private func section(
        _ history: RunHistory, number: Int
    ) -> (title: String, children: [Node]) {
        let warnings = history.regressions.map { regression in
            Node.element(
                "p", ["class": "advice"], ["Warning: \(HistoryWords.sentence(regression))."])
        }
        let notices = history.notices.map { Node.element("p", [:], [.text($0)]) }
        let figures = charts(history, number: number).compactMap { chart in
            chart.picture.map { picture in
                Node.element(
                    "figure", [:], [.element("h3", [:], [.text(chart.title)]), picture])
            }
        }
        let table = Table(
            caption: "Runs, the newest last", columns: HistoryWords.columns,
            rows: HistoryWords.rows(history, last: last))
        return (
            history.set,
            warnings + notices + [.element("div", ["class": "charts"], figures), table.node]
        )
    }

    private func charts(_ history: RunHistory, number: Int) -> [HistoryChart] {
        let runs = history.runs.suffix(last)
        func chart(
            _ id: String, _ title: String, _ value: (RunHistory.Run) -> Double?,
            _ scale: (Double) -> Scale, _ words: @escaping (Double) -> String
        ) -> HistoryChart {
            let values = runs.map(value)
            return HistoryChart(
                id: "\(id)-\(number)", title: title, values: values,
                starts: Self.starts(runs.map(\.started)),
                scale: scale(values.compactMap(\.self).max() ?? 0), words: words)
        }
        return [
            chart("duration", "Duration", \.seconds, Self.duration, HistoryWords.duration),
            chart(
                "rate", "Rate, in bytes of files", \.rate, { Scale.bytes(upTo: $0, per: "/s") },
                HistoryWords.rate),
            chart(
                "ratio", "Ratio, in bytes of files for each byte stored", \.ratio, Scale.number,
                HistoryWords.ratio),
            chart(
                "stored", "Bytes stored", { Double($0.storedBytes) }, { Scale.bytes(upTo: $0) },
                HistoryWords.bytes),
        ]
    }

    /// The days of `2026-01-02T03:04:05.678Z`, or where all are on one the times.
    private static func starts(_ times: [String]) -> [String] {
        let days = times.map { String($0.prefix(10)) }
        return Set(days).count > 1 ? days : times.map { String($0.dropFirst(11).prefix(8)) }
    }

    private static func duration(upTo seconds: Double) -> Scale {
        let unit: (length: Double, name: String) =
            seconds < 120 ? (1, "s") : seconds < 7200 ? (60, "min") : (3600, "h")
        let scale = Scale.number(upTo: seconds / unit.length)
        return Scale(top: scale.top * unit.length, label: "\(scale.label) \(unit.name)")
    }
}
