private import FoundationEssentials
import GRDB
import OKMS

/// The tags of a key, as bytes.
enum StoredTags {
    /// Adds tags, or gives those that are there another value.
    static func set(_ db: Database, _ tags: [KeyTag], of key: KeyID) throws {
        for tag in tags {
            try db.execute(
                sql: """
                    INSERT INTO tag (key, tag_key, tag_value) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET tag_value = excluded.tag_value
                    """,
                arguments: [Data(key.bytes), Data(tag.key.utf8), Data(tag.value.utf8)])
        }
    }

    /// Costs what the key has in tags, however many are named.
    static func remove(_ db: Database, _ keys: Set<[UInt8]>, of key: KeyID) throws {
        let all = try Data.fetchAll(
            db.cachedStatement(sql: "SELECT tag_key FROM tag WHERE key = ?"),
            arguments: [Data(key.bytes)])
        let removal = try db.cachedStatement(sql: "DELETE FROM tag WHERE key = ? AND tag_key = ?")
        for tag in all where keys.contains(Array(tag)) {
            try removal.execute(arguments: [Data(key.bytes), tag])
        }
    }

    static func count(_ db: Database, of key: KeyID) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT count(*) FROM tag WHERE key = ?", arguments: [Data(key.bytes)]) ?? 0
    }

    /// In byte order of their keys, from the first after `tag`.
    static func page(
        _ db: Database, of key: KeyID, after tag: [UInt8], limit: Int
    ) throws -> [KeyTag] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT tag_key, tag_value FROM tag WHERE key = ? AND tag_key > ?
                ORDER BY tag_key LIMIT ?
                """,
            arguments: [Data(key.bytes), Data(tag), limit]
        ).map { row in
            KeyTag(
                key: String(
                    decoding: try row.decode(Data.self, forColumn: "tag_key"), as: UTF8.self),
                value: String(
                    decoding: try row.decode(Data.self, forColumn: "tag_value"), as: UTF8.self))
        }
    }
}
