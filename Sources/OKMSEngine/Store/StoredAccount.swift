private import FoundationEssentials
import GRDB
import LibCrypto
import OKMS

/// What a store knows about itself: whose it was first, and in whose custody its keys are.
struct StoreIdentity {
    /// The account the store was made with.
    let defaultAccount: AccountID
    let region: String
    /// The identity of the module that holds the material of every key here.
    let hsmIdentity: [UInt8]
    /// Signs list markers. It guards no data: it is there so that nobody makes up positions.
    let markerKey: [UInt8]

    /// Nil in a store that was not founded yet.
    static func fetch(_ db: Database) throws -> StoreIdentity? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT hsm_identity, marker_key, id, region FROM store, account
                ORDER BY account.rowid LIMIT 1
                """)
        guard let row else { return nil }
        return StoreIdentity(
            defaultAccount: try row.accountID(), region: try row.decode(forColumn: "region"),
            hsmIdentity: Array(try row.decode(Data.self, forColumn: "hsm_identity")),
            markerKey: Array(try row.decode(Data.self, forColumn: "marker_key")))
    }

    static func new(region: String, hsmIdentity: [UInt8]) throws(CryptoError) -> StoreIdentity {
        StoreIdentity(
            defaultAccount: .random(), region: region, hsmIdentity: hsmIdentity,
            markerKey: try randomBytes(count: HMACSHA256.byteCount))
    }

    func insert(_ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO store (only, hsm_identity, marker_key) VALUES (1, ?, ?)",
            arguments: [Data(hsmIdentity), Data(markerKey)])
    }
}

/// An owner of keys, as the store has it.
struct StoredAccount {
    static let defaultKeyQuota = 20

    let id: AccountID
    let keyQuota: Int
    let keyCount: Int
    let defaultKey: KeyID
    /// Seconds since 1970.
    let created: Double

    /// Makes the account and its default key, with the alias every default key has.
    static func insert(
        _ db: Database, id: AccountID, region: String, keyQuota: Int, defaultKey: KeyMaterial,
        created: Double
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO account (id, region, key_quota, default_key, created)
                VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                id.description, region, keyQuota, Data(defaultKey.key.bytes), created,
            ])
        try StoredKey.insert(
            db, account: id, material: defaultKey, description: "default key of the account",
            created: created)
        try db.execute(
            sql: "INSERT INTO alias (account, name, key, created, updated) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                id.description, KeyName.defaultAlias, Data(defaultKey.key.bytes), created, created,
            ])
    }

    /// In order of creation; or the one with the id.
    static func fetch(_ db: Database, id: AccountID? = nil) throws -> [StoredAccount] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT id, key_quota, default_key, created,
                    (SELECT count(*) FROM master_key WHERE account = account.id) AS key_count
                FROM account WHERE ?1 IS NULL OR id = ?1 ORDER BY rowid
                """, arguments: [id?.description]
        ).map { row in
            StoredAccount(
                id: try row.accountID(), keyQuota: try row.decode(forColumn: "key_quota"),
                keyCount: try row.decode(forColumn: "key_count"),
                defaultKey: try row.keyID("default_key"),
                created: try row.decode(forColumn: "created"))
        }
    }

    static func exists(_ db: Database, id: AccountID) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT 1 FROM account WHERE id = ?", arguments: [id.description]) ?? false
    }

    /// How many keys an account may have. The administrator can change it while engines run.
    static func keyQuota(_ db: Database, account: AccountID) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT key_quota FROM account WHERE id = ?",
            arguments: [account.description]) ?? 0
    }

    /// False if there is no such account.
    static func setKeyQuota(_ db: Database, account: AccountID, to quota: Int) throws -> Bool {
        try db.execute(
            sql: "UPDATE account SET key_quota = ? WHERE id = ?",
            arguments: [quota, account.description])
        return db.changesCount > 0
    }
}

extension AccountID {
    /// Twelve random digits, the first not 0.
    static func random() -> AccountID {
        let number = Int64.random(in: 100_000_000_000...999_999_999_999)
        guard let id = AccountID("\(number)") else {
            preconditionFailure("an account id has twelve digits")
        }
        return id
    }
}

extension Row {
    func accountID(_ column: String = "id") throws -> AccountID {
        guard let id = try AccountID(decode(forColumn: column)) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "an account id is malformed")
        }
        return id
    }

    func keyID(_ column: String = "id") throws -> KeyID {
        guard let id = try KeyID(bytes: Array(decode(Data.self, forColumn: column))) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a key id is not a UUID")
        }
        return id
    }
}
