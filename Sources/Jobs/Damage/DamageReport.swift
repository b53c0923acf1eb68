import Archive

/// What is damaged in an archive, and what that costs.
package struct DamageReport: Sendable, Equatable {
    /// How many files and places are listed; all are counted.
    package static let limit = 1000

    /// A stored file that is not what the writer of the archive put there.
    package struct Place: Sendable, Equatable {
        package let place: String
        package let reason: String
        /// Whether a replica stands in for it; nil where there is no replica.
        package let isInReplica: Bool?

        package init(place: String, reason: String, isInReplica: Bool? = nil) {
            self.place = place
            self.reason = reason
            self.isInReplica = isInReplica
        }
    }

    /// An entry of which something is lost.
    package struct File: Sendable, Equatable {
        package let path: [UInt8]
        /// Bytes of its content; none for a hard link to such a file.
        package let missing: [Range<Int>]
        package let missingByteCount: Int
        /// Whether there are more ranges than `missing` has.
        package let hasMoreRanges: Bool
        /// Whether it got its name all the same.
        package let isKept: Bool

        init(path: [UInt8], holes: FileHoles = FileHoles(), isKept: Bool) {
            self.path = path
            missing = holes.sorted
            missingByteCount = holes.byteCount
            hasMoreRanges = holes.isIncomplete
            self.isKept = isKept
        }
    }

    package var places: [Place] = []
    package var placeCount = 0
    package var files: [File] = []
    package var fileCount = 0
    /// What else there is to know: what was rebuilt, what could not be proven.
    package var notices: [String] = []

    package var isEmpty: Bool { placeCount == 0 && fileCount == 0 }

    /// Whether all that is damaged could be had from a replica.
    package var isHealed = false
}
