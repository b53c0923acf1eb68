/// Which archives are to be moved to which customer master keys.
package struct RewrapRequest: Sendable {
    /// Archives, or sets: then all their archives.
    package var paths: [String]
    /// Each parses as a `KeyName`; the data key is wrapped under every one of them, and no other.
    package var names: [String]
    /// The service of these keys.
    package var service: KeyChoice.Service
    /// The service that opens the archives now.
    package var source: KeyChoice.Service
    /// Wrap anew what is under exactly these keys too: a key may have been given new material, and
    /// no service tells from a blob which material wrapped it.
    package var wrapsAgain: Bool
    /// Only tell what would be done.
    package var isDryRun: Bool

    package init(
        paths: [String], names: [String], service: KeyChoice.Service, source: KeyChoice.Service,
        wrapsAgain: Bool = false, isDryRun: Bool = false
    ) {
        self.paths = paths
        self.names = names
        self.service = service
        self.source = source
        self.wrapsAgain = wrapsAgain
        self.isDryRun = isDryRun
    }
}

/// What became of one archive.
package struct RewrapReport: Sendable {
    package enum Outcome: String, Sendable {
        case rewrapped
        /// It was under exactly these keys.
        case unchanged
        /// A dry run: it would be rewrapped.
        case planned
    }

    package let archive: String
    package let outcome: Outcome
    /// ARNs of the keys that opened it before.
    package let from: [String]
    /// ARNs of the keys that open it now.
    package let to: [String]
    /// Bytes of the new files, all of which are on disk beside the old ones for a while.
    package let byteCount: Int
    package var notices: [String] = []
}
