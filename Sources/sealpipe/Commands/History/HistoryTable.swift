import Foundation
import Jobs

/// Histories for people: a line a run, the newest last.
enum HistoryTable {
    static let columns = [
        "started", "duration", "rate", "ratio", "stored", "entries", "bytes", "change", "problems",
    ]

    static func lines(_ histories: [RunHistory], last: Int, named: Bool) -> [String] {
        histories.flatMap { history in
            (named ? ["\(history.set):"] : []) + table(rows(history, last: last))
        }
    }

    /// The cells of the last runs, without a head.
    static func rows(_ history: RunHistory, last: Int) -> [[String]] {
        history.runs.indices.suffix(last).map { index in
            let run = history.runs[index]
            return [
                run.started, run.seconds.map(duration) ?? "–", run.rate.map(rate) ?? "–",
                run.ratio.map(ratio) ?? "–", Amount.bytes(run.storedBytes), "\(run.entries)",
                Amount.bytes(run.contentBytes), history.change(at: index).map(change) ?? "–",
                run.problemCount == 0 ? "–" : "\(run.problemCount)",
            ]
        }
    }

    static func duration(_ seconds: Double) -> String {
        seconds < 60 ? String(format: "%.1f s", seconds) : Amount.duration(Double(whole(seconds)))
    }

    static func rate(_ bytes: Double) -> String { "\(Amount.bytes(whole(bytes)))/s" }

    static func ratio(_ value: Double) -> String { String(format: "%.2f", value) }

    private static func change(_ share: Double) -> String {
        String(format: "%+.1f %%", share * 100)
    }

    /// What somebody else wrote may be any number.
    static func whole(_ value: Double) -> Int { Int(min(value, 1e15)) }

    /// Columns as wide as their longest cell; all but the first to the right.
    private static func table(_ rows: [[String]]) -> [String] {
        let rows = [columns] + rows
        let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + padding : padding + cell.0
            }.joined(separator: "  ")
        }
    }
}

/// What is worse, in a sentence.
enum RegressionText {
    static func sentence(_ regression: Regression) -> String {
        let (newest, median) = (regression.newest, regression.median)
        func compared(_ what: String, _ text: (Double) -> String) -> String {
            "the newest run \(what) \(text(newest)), the median of the "
                + "\(regression.runCount) before it is \(text(median))"
        }
        return switch regression.kind {
        case .rate: compared("was slow:", HistoryTable.rate)
        case .ratio: compared("compressed badly: ratio", HistoryTable.ratio)
        case .content: compared("had little to archive:") { Amount.bytes(HistoryTable.whole($0)) }
        case .entries: compared("had few entries:") { "\(HistoryTable.whole($0))" }
        }
    }
}
