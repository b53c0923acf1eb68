/// The runs of an archive set, oldest first, and what is worse about the newest than it used to be.
package struct RunHistory: Sendable {
    /// What a run's speed and ratio hang on, besides the data.
    package struct Settings: Sendable, Equatable {
        /// Nil where nothing was compressed.
        package let level: Int?
        package let chunkByteCount: Int
        package let workers: Int

        package init(level: Int?, chunkByteCount: Int, workers: Int) {
            self.level = level
            self.chunkByteCount = chunkByteCount
            self.workers = workers
        }
    }

    /// What one run did.
    package struct Run: Sendable, Equatable {
        package let archive: String
        package let job: String
        /// UTC, in the form of ISO 8601.
        package let started: String
        /// Nil where the archive has no summary.
        package let seconds: Double?
        package let entries: Int
        package let contentBytes: Int
        package let storedBytes: Int
        package let problemCount: Int
        /// Nil where the archive has no summary.
        package let settings: Settings?

        package init(
            archive: String, job: String, started: String, seconds: Double?, entries: Int,
            contentBytes: Int, storedBytes: Int, problemCount: Int, settings: Settings?
        ) {
            self.archive = archive
            self.job = job
            self.started = started
            self.seconds = seconds
            self.entries = entries
            self.contentBytes = contentBytes
            self.storedBytes = storedBytes
            self.problemCount = problemCount
            self.settings = settings
        }

        /// Bytes of content a second; of less than a millisecond nothing can be said.
        package var rate: Double? {
            seconds.flatMap { $0 >= 0.001 ? Double(contentBytes) / $0 : nil }
        }

        /// Bytes of content for each byte stored: the more, the better it was compressed.
        package var ratio: Double? {
            storedBytes > 0 && contentBytes > 0 ? Double(contentBytes) / Double(storedBytes) : nil
        }
    }

    /// The path of the set, or of the one archive that was asked about.
    package let set: String
    package let runs: [Run]
    package let regressions: [Regression]
    /// Archives that nothing can be told of, and why.
    package var notices: [String] = []

    package init(set: String, runs: [Run]) {
        self.set = set
        self.runs = runs
        regressions = Regression.found(in: runs)
    }

    /// How much more or less content a run had than the one before, as a share; nil for the first.
    package func change(at index: Int) -> Double? {
        guard index > 0, runs[index - 1].contentBytes > 0 else { return nil }
        let before = Double(runs[index - 1].contentBytes)
        return (Double(runs[index].contentBytes) - before) / before
    }
}
