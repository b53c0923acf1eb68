extension Collection<Double> {
    /// The middle value, or the mean of the two in the middle; nil of nothing.
    package var median: Double? {
        let sorted = sorted()
        guard let upper = sorted.dropFirst(sorted.count / 2).first else { return nil }
        return sorted.count % 2 == 1 ? upper : (sorted[sorted.count / 2 - 1] + upper) / 2
    }
}
