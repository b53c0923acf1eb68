private import FoundationEssentials
import GRDB
import LibCrypto
import OKMS

/// New material for keys, and what the store remembers of it.
extension StoredKey {
    /// Puts a new version of the material to use.
    func rotate(_ db: Database, to material: KeyMaterial, cause: KeyRotation.Cause, at now: Double)
        throws
    {
        let id = Data(self.id.bytes)
        try db.execute(
            sql: """
                INSERT INTO key_material (key, version, token, rotated, rotation_cause)
                VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                id, Int64(material.version), Data(material.token), now, cause.rawValue,
            ])
        try db.execute(
            sql: """
                UPDATE master_key SET current_version = ?,
                    on_demand_rotations = on_demand_rotations + ?, next_rotation = ?
                WHERE id = ?
                """,
            arguments: [
                Int64(material.version), cause == .onDemand ? 1 : 0,
                cause == .onDemand ? nextRotation : rotationDays.map { now + Double($0) * 86_400 },
                id,
            ])
    }

    /// Rotates every so many days from now on; never, if nil.
    func setRotation(_ db: Database, days: Int?, now: Double) throws {
        try db.execute(
            sql: "UPDATE master_key SET rotation_days = ?, next_rotation = ? WHERE id = ?",
            arguments: [days, days.map { now + Double($0) * 86_400 }, Data(id.bytes)])
    }

    /// The rotations that have happened, oldest first, from the first version after `version`.
    static func rotations(
        _ db: Database, of arn: KeyARN, after version: UInt32, limit: Int
    ) throws -> [(version: UInt32, rotation: KeyRotation)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT version, rotated, rotation_cause FROM key_material
                WHERE key = ? AND version > ? AND rotated IS NOT NULL ORDER BY version LIMIT ?
                """,
            arguments: [Data(arn.key.bytes), Int64(version), limit]
        ).map { row in
            let version = try row.decode(UInt32.self, forColumn: "version")
            let cause = try KeyRotation.Cause(rawValue: row.decode(forColumn: "rotation_cause"))
            return (
                version,
                KeyRotation(
                    key: arn, date: try row.decode(forColumn: "rotated"),
                    cause: cause ?? .onDemand, materialID: materialID(of: arn.key, version))
            )
        }
    }

    /// A name for material that says nothing about it.
    static func materialID(of key: KeyID, _ version: UInt32) -> String {
        let label = Array("okms material id v1".utf8)
        return hexadecimal(SHA256.digest((label + key.bytes + version.bigEndianBytes).span))
    }
}
