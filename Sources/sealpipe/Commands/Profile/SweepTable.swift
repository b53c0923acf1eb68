import Jobs
import Profiling

/// A sweep as a table for people: a line a combination, the best ones marked.
enum SweepTable {
    static func lines(_ sweep: Sweep) -> [String] {
        // The marks stand first here, where the eye begins.
        let rows = ([SweepWords.columns] + SweepWords.rows(sweep)).map { cells in
            [cells[1], cells[0]] + cells.dropFirst(2)
        }
        return TextTable.lines(rows, wordColumns: 2) + [
            "",
            "time is the median of \(Amount.count(sweep.rounds, "run")), spread from the "
                + "fastest to the slowest as a share of it",
            "* no other is as fast and stores as little",
        ]
    }
}
