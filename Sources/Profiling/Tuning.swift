package import Jobs

/// What a job's settings are chosen for.
package enum TuningGoal: Sendable, Equatable {
    case fastest
    case smallest
    /// In at most so many seconds.
    case within(seconds: Double)

    /// `fastest`, `smallest`, or `within 2h`; `s`, `m` and `h` are units.
    package init?(_ text: String) {
        switch text {
        case "fastest": self = .fastest
        case "smallest": self = .smallest
        default:
            let words = text.split(separator: " ")
            let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
            guard words.count == 2, words[0] == "within",
                let unit = words[1].last.flatMap({ units[$0] }),
                let count = Double(words[1].dropLast()), count > 0, count.isFinite
            else { return nil }
            self = .within(seconds: count * unit)
        }
    }

    /// The levels that are worth a try, the fastest first.
    package var levels: [Int] {
        switch self {
        case .fastest: [1, 2, 3, 4, 5]
        case .smallest: [3, 6, 9, 12, 15, 19]
        case .within: [1, 2, 3, 4, 5, 6, 7, 9, 12, 15, 19]
        }
    }
}

/// Which level of compression serves a goal, tried on a sample.
package struct Tuning: Sendable {
    /// A level, and what the whole would come to at it.
    package struct Candidate: Sendable, Equatable {
        package let level: Int
        package let seconds: Double
        package let storedBytes: Int
        /// A stage's name, or nil where the processors together are the limit.
        package let limit: String?

        package init(level: Int, seconds: Double, storedBytes: Int, limit: String?) {
            self.level = level
            self.seconds = seconds
            self.storedBytes = storedBytes
            self.limit = limit
        }

        /// Nil where the sample held nothing. `tarBytes`: of the whole.
        package init?(level: Int, _ summary: RunSummary, tarBytes: Int) {
            guard let scale = Forecast.scale(summary, tarBytes: tarBytes),
                let forecast = Forecast(summary, tarBytes: tarBytes)
            else { return nil }
            self.init(
                level: level, seconds: forecast.seconds,
                storedBytes: Int(Double(summary.storedBytes) * scale), limit: forecast.limit)
        }
    }

    package let goal: TuningGoal
    /// As they were tried, the lowest level first.
    package private(set) var candidates: [Candidate] = []

    package init(for goal: TuningGoal) { self.goal = goal }

    /// A tenth of the time is kept for what a sample does not show.
    private static let reserve = 0.9
    /// What differs less is the same.
    private static let sameTime = 1.05
    private static let sameSize = 1.01

    package mutating func take(_ candidate: Candidate) { candidates.append(candidate) }

    /// Whether a higher level is worth a try: not where this one takes too long already.
    package var goesOn: Bool {
        guard case .within(let seconds) = goal, let last = candidates.last else { return true }
        return last.seconds <= seconds
    }

    /// Nil where none serves the goal.
    package var choice: Candidate? {
        switch goal {
        case .fastest:
            guard let least = candidates.map(\.seconds).min() else { return nil }
            return candidates.filter { $0.seconds <= least * Self.sameTime }
                .min { $0.storedBytes < $1.storedBytes }
        case .smallest: return smallest(of: candidates)
        case .within(let seconds):
            return smallest(of: candidates.filter { $0.seconds <= seconds * Self.reserve })
        }
    }

    private func smallest(of candidates: [Candidate]) -> Candidate? {
        guard let least = candidates.map(\.storedBytes).min() else { return nil }
        return candidates.filter { Double($0.storedBytes) <= Double(least) * Self.sameSize }
            .min { $0.seconds < $1.seconds }
    }
}
