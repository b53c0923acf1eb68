/// What lies in archive sets, and under which customer master keys, as their manifests say.
///
/// Nothing is decrypted, so nothing is authenticated: whoever can write to a set can make its
/// manifests say anything. Only `verify` with the key knows better.
package struct Inventory: Sendable {
    /// In the order of the paths given, oldest first within a set.
    package var archives: [Archive] = []
    /// The customer master keys they name, in the order of their ARNs.
    package var keys: [Key] = []
    /// What was asked for and holds no archive.
    package var missing: [(path: String, reason: String)] = []
    package var notices: [String] = []

    package struct Archive: Sendable {
        package let path: String
        /// Nil where there is no manifest that can be read.
        package let facts: Facts?
        /// Files that are missing or not what the manifest says; empty where all are there.
        package let damage: [String]
        /// Whether digests were compared, and not only lengths.
        package let hasComparedDigests: Bool
        package var access = Access.unknown

        /// The last component of its path.
        package var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    }

    /// What a manifest says of its archive.
    package struct Facts: Sendable {
        package let archiveID: String
        package let job: String
        package let created: String
        package let keys: [String]
        package let context: [[String]]
        package let entries: Int
        package let contentBytes: Int
        package let storedBytes: Int
        package let problemCount: Int
    }

    /// Whether the key service would open an archive.
    package enum Access: String, Sendable {
        /// At least one of its keys is enabled.
        case open
        /// None of its keys is there and enabled.
        case refused
        /// Nobody was asked, or nobody knows.
        case unknown
    }

    package struct Key: Sendable {
        package let arn: String
        package let state: State
        package let archiveCount: Int
    }

    /// What the key service says about a key.
    package enum State: Sendable, Equatable {
        case enabled(isDefault: Bool)
        case disabled
        /// Seconds since 1970.
        case pendingDeletion(until: Double?)
        case missing
        /// It was not asked, could not be reached, or did not say.
        case unknown(String)
    }
}
