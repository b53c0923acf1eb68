import Foundation
package import Jobs

/// A history as people read it: in a terminal and on a page.
package enum HistoryWords {
    package static let columns = [
        "started", "duration", "rate", "level", "ratio", "stored", "entries", "bytes", "change",
        "problems",
    ]

    /// The cells of the last runs.
    package static func rows(_ history: RunHistory, last: Int) -> [[String]] {
        history.runs.indices.suffix(last).map { index in
            let run = history.runs[index]
            return [
                run.started, run.seconds.map(duration) ?? "–", run.rate.map(rate) ?? "–",
                run.settings?.level.map { "\($0)" } ?? "–", run.ratio.map(ratio) ?? "–",
                Amount.bytes(run.storedBytes), "\(run.entries)",
                Amount.bytes(run.contentBytes), history.change(at: index).map(change) ?? "–",
                run.problemCount == 0 ? "–" : "\(run.problemCount)",
            ]
        }
    }

    /// What is worse, in a sentence.
    package static func sentence(_ regression: Regression) -> String {
        let (newest, median) = (regression.newest, regression.median)
        func compared(_ what: String, _ text: (Double) -> String) -> String {
            "the newest run \(what) \(text(newest)), the median of the "
                + "\(regression.runCount) before it is \(text(median))"
        }
        return switch regression.kind {
        case .rate: compared("was slow:", rate)
        case .ratio: compared("compressed badly: ratio", ratio)
        case .content: compared("had little to archive:", bytes)
        case .entries: compared("had few entries:") { "\(whole($0))" }
        }
    }

    static func duration(_ seconds: Double) -> String {
        seconds < 60
            ? String(format: "%.1f s", seconds) : Amount.duration(Double(whole(seconds)))
    }

    static func bytes(_ count: Double) -> String { Amount.bytes(whole(count)) }

    static func rate(_ bytes: Double) -> String { "\(self.bytes(bytes))/s" }

    static func ratio(_ value: Double) -> String { String(format: "%.2f", value) }

    private static func change(_ share: Double) -> String {
        String(format: "%+.1f %%", share * 100)
    }

    /// What somebody else wrote may be any number.
    private static func whole(_ value: Double) -> Int { Int(min(value, 1e15)) }
}
