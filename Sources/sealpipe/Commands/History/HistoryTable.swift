import Jobs
import Profiling

/// Histories for people: a line a run, the newest last.
enum HistoryTable {
    static func lines(_ histories: [RunHistory], last: Int, named: Bool) -> [String] {
        histories.flatMap { history in
            (named ? ["\(history.set):"] : []) + table(HistoryWords.rows(history, last: last))
        }
    }

    /// Columns as wide as their longest cell; all but the first to the right.
    private static func table(_ rows: [[String]]) -> [String] {
        let rows = [HistoryWords.columns] + rows
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + padding : padding + cell.0
            }.joined(separator: "  ")
        }
    }
}
