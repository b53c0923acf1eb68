import Jobs
import Profiling

/// Histories for people: a line a run, the newest last.
enum HistoryTable {
    static func lines(_ histories: [RunHistory], last: Int, named: Bool) -> [String] {
        histories.flatMap { history in
            (named ? ["\(history.set):"] : [])
                + TextTable.lines([HistoryWords.columns] + HistoryWords.rows(history, last: last))
        }
    }
}
