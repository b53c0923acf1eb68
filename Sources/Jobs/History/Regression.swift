/// Something about the newest run that is clearly worse than the median of the runs before it.
package struct Regression: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case rate, ratio, content, entries
    }

    package let kind: Kind
    package let newest: Double
    package let median: Double
    /// How many earlier runs the median is of.
    package let runCount: Int

    /// So many runs before the newest are looked at; with fewer than `fewest` nothing is said.
    static let most = 10
    package static let fewest = 3
    /// From here on to less of the median, it is one.
    static func threshold(_ kind: Kind) -> Double {
        switch kind {
        // Half as long again for as much content.
        case .rate: 1 / 1.5
        case .ratio: 0.8
        case .content, .entries: 0.7
        }
    }
    /// A run that is slow for less than this is not: short ones differ for no reason.
    static let leastSeconds = 5.0

    /// Compares the newest run with those of the same job before it; its speed and ratio with those that
    /// had the same settings, too, as another level is no regression.
    static func found(in runs: [RunHistory.Run]) -> [Regression] {
        guard let newest = runs.last else { return [] }
        let earlier = runs.dropLast().filter { $0.job == newest.job }
        return Kind.allCases.compactMap { kind in
            guard let value = kind.value(of: newest) else { return nil }
            let comparable = earlier.filter {
                !kind.hangsOnSettings || $0.settings == newest.settings
            }
            let values = comparable.compactMap(kind.value).suffix(most)
            guard values.count >= fewest, let median = values.median else { return nil }
            guard value < median * threshold(kind) else { return nil }
            if kind == .rate, let seconds = newest.seconds {
                let usual = Double(newest.contentBytes) / median
                guard seconds - usual >= leastSeconds else { return nil }
            }
            return Regression(kind: kind, newest: value, median: median, runCount: values.count)
        }
    }
}

extension Regression.Kind {
    fileprivate var hangsOnSettings: Bool { self == .rate || self == .ratio }

    fileprivate func value(of run: RunHistory.Run) -> Double? {
        switch self {
        case .rate: run.rate
        case .ratio: run.ratio
        case .content: Double(run.contentBytes)
        case .entries: Double(run.entries)
        }
    }
}
