package import Foundation
package import Jobs
import Pipeline

/// The same job run with every combination of some settings, several times each.
///
/// Its members are those of `docs/formats/profile.md`, in JSON with `_` between words.
package struct Sweep: Sendable, MeasuredJSON {
    package let version = 1
    package var tool: String
    /// When the first run began: `2026-01-02T03:04:05.678Z`.
    package var started: String
    package var job: String
    package var machine: Machine
    /// How often each combination was run.
    package var rounds: Int
    package var axes: [SweepAxis]
    /// In the order of the grid.
    package var trials: [Trial]

    /// What came of one combination.
    package struct Trial: Sendable, Equatable, Encodable {
        package var choices: [SweepAxis.Choice]
        /// One a round.
        package var seconds: [Double] = []
        package var processorSeconds: [Double] = []
        /// The same in each round, as long as the source is.
        package var tarBytes = 0
        package var storedBytes = 0
        /// What limited the last run.
        package var limit = ""
        /// Whether no other combination is both as fast and stores as little.
        package var isBest = false

        package init(choices: [SweepAxis.Choice]) { self.choices = choices }

        package var medianSeconds: Double { seconds.median ?? 0 }
        package var medianProcessorSeconds: Double { processorSeconds.median ?? 0 }

        /// From the fastest run to the slowest, as a share of the median.
        package var spread: Double {
            guard let least = seconds.min(), let most = seconds.max(), medianSeconds > 0 else {
                return 0
            }
            return (most - least) / medianSeconds
        }

        /// Bytes of tar a second.
        package var rate: Double { rate(medianSeconds) }
        package var ratio: Double { storedBytes > 0 ? Double(tarBytes) / Double(storedBytes) : 0 }

        /// Bytes of tar a second in a run that took so long.
        package func rate(_ seconds: Double) -> Double {
            seconds > 0 ? Double(tarBytes) / seconds : 0
        }

        /// `level=3 workers=2`
        package var name: String {
            choices.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        }

        package mutating func take(_ summary: RunSummary) {
            seconds.append(summary.seconds)
            processorSeconds.append(summary.report.processorSeconds)
            (tarBytes, storedBytes) = (summary.tarBytes, summary.storedBytes)
            limit = Verdict(summary.report).sentence
        }
    }

    package init(
        of job: String, tool: String, start: Date, processors: Int, rounds: Int,
        axes: [SweepAxis], trials: [Trial]
    ) {
        self.tool = tool
        started = start.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        self.job = job
        machine = .current(processors: processors)
        self.rounds = rounds
        self.axes = axes
        self.trials = trials
        markBest()
    }

    /// The Pareto front of time against stored bytes: what is worth choosing from.
    private mutating func markBest() {
        for index in trials.indices {
            let (time, size) = (trials[index].medianSeconds, trials[index].storedBytes)
            trials[index].isBest = !trials.contains {
                $0.medianSeconds <= time && $0.storedBytes <= size
                    && ($0.medianSeconds < time || $0.storedBytes < size)
            }
        }
    }

    /// The best ones, the fastest first.
    package var front: [Trial] {
        trials.filter(\.isBest).sorted { $0.medianSeconds < $1.medianSeconds }
    }

    /// The order in which the combinations are run in a round: each round begins with another one, so
    /// that what a machine does by and by hits all alike.
    package static func order(of count: Int, round: Int, of rounds: Int) -> [Int] {
        guard count > 0 else { return [] }
        let first = round * count / max(rounds, 1)
        return (0..<count).map { ($0 + first) % count }
    }
}
