private import FoundationEssentials
import GRDB
import OKMS

/// The aliases of an account.
enum StoredAlias {
    static func target(_ db: Database, account: AccountID, name: AliasName) throws -> KeyID? {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT key FROM alias WHERE account = ? AND name = ?"),
            arguments: [account.description, name.description])
        return try row.map { try $0.keyID("key") }
    }

    static func count(_ db: Database, of key: KeyID) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT count(*) FROM alias WHERE key = ?", arguments: [Data(key.bytes)]) ?? 0
    }

    static func insert(
        _ db: Database, account: AccountID, name: AliasName, key: KeyID, at now: Double
    ) throws {
        try db.execute(
            sql: "INSERT INTO alias (account, name, key, created, updated) VALUES (?, ?, ?, ?, ?)",
            arguments: [account.description, name.description, Data(key.bytes), now, now])
    }

    static func update(
        _ db: Database, account: AccountID, name: AliasName, key: KeyID, at now: Double
    ) throws {
        try db.execute(
            sql: "UPDATE alias SET key = ?, updated = ? WHERE account = ? AND name = ?",
            arguments: [Data(key.bytes), now, account.description, name.description])
    }

    static func delete(_ db: Database, account: AccountID, name: AliasName) throws {
        try db.execute(
            sql: "DELETE FROM alias WHERE account = ? AND name = ?",
            arguments: [account.description, name.description])
    }

    /// In byte order of their names, from the first after `name`; of one key, or of all.
    static func page(
        _ db: Database, account: AccountID, region: String, of key: KeyID?, after name: String,
        limit: Int, now: Double
    ) throws -> [KeyAlias] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT name, key, alias.created, updated
                FROM alias JOIN master_key ON master_key.id = key
                WHERE alias.account = ?1 AND name > ?2 AND (?3 IS NULL OR key = ?3)
                    AND (deletion_date IS NULL OR deletion_date > ?4)
                ORDER BY name LIMIT ?5
                """,
            arguments: [account.description, name, key.map { Data($0.bytes) }, now, limit]
        ).map { row in
            guard let name = try AliasName(row.decode(forColumn: "name")) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "an alias is malformed")
            }
            return KeyAlias(
                name: name,
                target: KeyARN(region: region, account: account, key: try row.keyID("key")),
                created: try row.decode(forColumn: "created"),
                updated: try row.decode(forColumn: "updated"))
        }
    }
}
