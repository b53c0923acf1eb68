/// A sweep as people read it: in a terminal and on a page.
package enum SweepWords {
    package static let columns = [
        "settings", "", "time", "spread", "rate", "processor", "stored", "ratio",
    ]

    /// The cells of every combination; the best are marked with `*`.
    package static func rows(_ sweep: Sweep) -> [[String]] {
        sweep.trials.map { trial in
            let isStored = trial.storedBytes > 0
            return [
                trial.name, trial.isBest ? "*" : "", Figure.seconds(trial.medianSeconds),
                Verdict.percent(trial.spread), Figure.rate(trial.rate),
                Figure.seconds(trial.medianProcessorSeconds),
                isStored ? Figure.bytes(Double(trial.storedBytes)) : "–",
                isStored ? Figure.ratio(trial.ratio) : "–",
            ]
        }
    }
}
