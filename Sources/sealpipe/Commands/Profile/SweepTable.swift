import Jobs
import Profiling

/// A sweep as a table for people: a line a combination, the best ones marked.
enum SweepTable {
    static func lines(_ sweep: Sweep) -> [String] {
        var rows = [
            ["", "settings", "time", "spread", "rate", "processor", "stored", "ratio"]
        ]
        for trial in sweep.trials {
            rows.append([
                trial.isBest ? "*" : "", trial.name, "\(Figure.seconds(trial.medianSeconds))",
                Verdict.percent(trial.spread), Figure.rate(trial.rate),
                Figure.seconds(trial.medianProcessorSeconds),
                trial.storedBytes > 0 ? Figure.bytes(Double(trial.storedBytes)) : "–",
                trial.storedBytes > 0 ? Figure.ratio(trial.ratio) : "–",
            ])
        }
        return TextTable.lines(rows, wordColumns: 2) + [
            "",
            "time is the median of \(sweep.rounds) run\(sweep.rounds == 1 ? "" : "s"), spread from the "
                + "fastest to the slowest as a share of it",
            "* no other is as fast and stores as little",
        ]
    }
}
