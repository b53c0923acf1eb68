private import FoundationEssentials
import GRDB
import LibCrypto
import OKMS

/// The account a store was made with, and what the store knows about its own custody.
struct StoredAccount {
    static let defaultKeyQuota = 20

    let id: AccountID
    let region: String
    /// The identity of the module that holds the material of every key here.
    let hsmIdentity: [UInt8]
    /// Signs list markers. It guards no data: it is there so that nobody makes up positions.
    let markerKey: [UInt8]

    /// Nil in a store that was not founded yet.
    static func fetch(_ db: Database) throws -> StoredAccount? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT hsm_identity, marker_key, id, region FROM store, account
                ORDER BY account.rowid LIMIT 1
                """)
        guard let row else { return nil }
        guard let id = try AccountID(row.decode(forColumn: "id")) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "an account id is malformed")
        }
        return StoredAccount(
            id: id, region: try row.decode(forColumn: "region"),
            hsmIdentity: Array(try row.decode(Data.self, forColumn: "hsm_identity")),
            markerKey: Array(try row.decode(Data.self, forColumn: "marker_key")))
    }

    /// An account nobody has: twelve random digits, the first not 0.
    static func random(region: String, hsmIdentity: [UInt8]) throws -> StoredAccount {
        let number = Int64.random(in: 100_000_000_000...999_999_999_999)
        guard let id = AccountID("\(number)") else {
            preconditionFailure("an account id has twelve digits")
        }
        return StoredAccount(
            id: id, region: region, hsmIdentity: hsmIdentity,
            markerKey: try randomBytes(count: HMACSHA256.byteCount))
    }

    /// Founds the store: itself, its account and the account's default key, all or nothing.
    func insert(_ db: Database, defaultKey: KeyMaterial, created: Double) throws {
        try db.execute(
            sql: "INSERT INTO store (only, hsm_identity, marker_key) VALUES (1, ?, ?)",
            arguments: [Data(hsmIdentity), Data(markerKey)])
        try db.execute(
            sql: "INSERT INTO account (id, region, key_quota, default_key) VALUES (?, ?, ?, ?)",
            arguments: [
                id.description, region, Self.defaultKeyQuota, Data(defaultKey.key.bytes),
            ])
        try StoredKey.insert(
            db, account: id, material: defaultKey, description: "default key of the account",
            created: created)
    }

    /// How many keys an account may have. The administrator can change it while engines run.
    static func keyQuota(_ db: Database, account: AccountID) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT key_quota FROM account WHERE id = ?",
            arguments: [account.description]) ?? 0
    }
}
