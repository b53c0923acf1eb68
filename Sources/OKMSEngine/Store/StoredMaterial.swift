private import FoundationEssentials
import GRDB
import OKMS

/// The keys for which the time has come.
enum StoredMaterial {
    /// When the next key is to be destroyed or rotated; nil if none ever is.
    static func nextDueDate(_ db: Database) throws -> Double? {
        try Double.fetchOne(
            db,
            sql: """
                SELECT min(due) FROM (
                    SELECT min(deletion_date) AS due FROM master_key
                        WHERE deletion_date IS NOT NULL
                    UNION ALL
                    SELECT min(next_rotation) FROM master_key
                        WHERE next_rotation IS NOT NULL AND state = 'Enabled')
                """)
    }

    static func keysToDestroy(
        _ db: Database, at now: Double
    ) throws -> [(account: AccountID, key: KeyID)] {
        try Row.fetchAll(
            db,
            sql:
                "SELECT account, id FROM master_key WHERE deletion_date <= ? ORDER BY deletion_date",
            arguments: [now]
        ).map { (try $0.accountID("account"), try $0.keyID()) }
    }

    static func keysToRotate(
        _ db: Database, at now: Double
    ) throws -> [(account: AccountID, key: KeyID)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT account, id FROM master_key
                WHERE next_rotation <= ? AND state = 'Enabled' ORDER BY next_rotation
                """, arguments: [now]
        ).map { (try $0.accountID("account"), try $0.keyID()) }
    }

    /// Every version of a key's material.
    static func all(_ db: Database, of key: KeyID) throws -> [KeyMaterial] {
        try Row.fetchAll(
            db, sql: "SELECT version, token FROM key_material WHERE key = ? ORDER BY version",
            arguments: [Data(key.bytes)]
        ).map { row in
            KeyMaterial(
                key: key, version: try row.decode(forColumn: "version"),
                token: Array(try row.decode(Data.self, forColumn: "token")))
        }
    }

    /// The key, its material, tags and aliases are no more. What was deleted is overwritten.
    static func delete(_ db: Database, key: KeyID) throws {
        try db.execute(
            sql: "DELETE FROM master_key WHERE id = ?", arguments: [Data(key.bytes)])
    }
}
