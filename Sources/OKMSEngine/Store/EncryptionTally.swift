private import FoundationEssentials
import GRDB
import OKMS

/// How many encryptions the store has accounted for under each version of a key's material.
///
/// Random 96-bit IVs allow 2^32 encryptions under one AES-GCM key; we stop at half of it.
/// Source: NIST SP 800-38D §8.3.
enum EncryptionTally {
    static let limit: Int64 = 1 << 31

    /// Grants up to `count` further encryptions, for good: what the caller does not use is lost.
    /// Returns 0 at the limit.
    static func grant(
        _ db: Database, upTo count: Int, under material: KeyMaterial, limit: Int64
    ) throws -> Int {
        let key = Data(material.key.bytes)
        let used = try Int64.fetchOne(
            db, sql: "SELECT encryptions FROM key_material WHERE key = ? AND version = ?",
            arguments: [key, Int64(material.version)])
        guard let used else { return 0 }
        let granted = max(0, min(Int64(count), limit - used))
        try db.execute(
            sql: """
                UPDATE key_material SET encryptions = encryptions + ?
                WHERE key = ? AND version = ?
                """,
            arguments: [granted, key, Int64(material.version)])
        return Int(granted)
    }

    /// Whether anything can be granted still.
    static func isBelow(_ limit: Int64, _ db: Database, under material: KeyMaterial) throws -> Bool
    {
        let used = try Int64.fetchOne(
            db, sql: "SELECT encryptions FROM key_material WHERE key = ? AND version = ?",
            arguments: [Data(material.key.bytes), Int64(material.version)])
        return used.map { $0 < limit } ?? false
    }
}
