/// What a job expects of each of its archives. An archive that is less is not kept.
package struct Expectations: Sendable, Equatable {
    package var minEntries: Int?
    /// Bytes of content.
    package var minBytes: Int?
    /// How many entries, and how much content, may be gone since the last run.
    package var maxShrink: Percentage?
    /// Each matches at least one entry.
    package var requiredPaths: [Glob]
    /// The archive set, whose newest archive of the job is the last run: also where a dry run puts
    /// nothing into it.
    package var set: String

    package init(
        minEntries: Int? = nil, minBytes: Int? = nil, maxShrink: Percentage? = nil,
        requiredPaths: [Glob] = [], set: String = ""
    ) {
        self.minEntries = minEntries
        self.minBytes = minBytes
        self.maxShrink = maxShrink
        self.requiredPaths = requiredPaths
        self.set = set
    }

    static let entries = 1...1_000_000_000_000
    static let byteCount = 1...1 << 60
}
