import GRDB

/// What a store remembers of its audit trail: that it was begun, and when. Else a trail whose files
/// were removed would look like one that never was.
enum StoredTrail {
    /// Cheap where it was noted before.
    static func noteBeginning(in store: Store, at now: Double) throws {
        guard try !store.read(isBegun) else { return }
        try store.write { db in
            try db.execute(
                sql: "UPDATE store SET trail_begun = ? WHERE trail_begun IS NULL",
                arguments: [now])
        }
    }

    /// When the trail was begun, in seconds since 1970; nil where it was not, or there is no store.
    ///
    /// Asks the store in a directory without opening it for use: no root key and no token is needed.
    static func beginning(storeIn directory: String) throws -> Double? {
        guard try Directory(path: directory).has(Store.fileName) else { return nil }
        return try Store.reading(directory: directory) { db in
            // One that an earlier version made remembers nothing yet.
            guard try db.columns(in: "store").contains(where: { $0.name == "trail_begun" }) else {
                return nil
            }
            return try Double.fetchOne(db, sql: "SELECT trail_begun FROM store")
        }
    }

    private static func isBegun(_ db: Database) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT trail_begun IS NOT NULL FROM store") ?? false
    }
}
