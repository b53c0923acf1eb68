private import FoundationEssentials
import GRDB
import OKMS

/// A customer master key as the store has it, with the material of one of its versions.
struct StoredKey {
    let id: KeyID
    let description: String
    let state: KeyState
    /// Seconds since 1970.
    let created: Double
    let deletionDate: Double?
    let isAccountDefault: Bool
    /// Nil if the key has no such version.
    let material: KeyMaterial?

    /// Finds a key of the account, or its default one (`id` is nil), with the material of the given
    /// version, or of the current one.
    static func fetch(
        _ db: Database, account: AccountID, id: KeyID?, version: UInt32? = nil
    ) throws -> StoredKey? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT master_key.id, description, state, created, deletion_date,
                    master_key.id = default_key AS is_default, version, token
                FROM account
                JOIN master_key
                    ON master_key.account = account.id AND master_key.id = coalesce(?, default_key)
                LEFT JOIN key_material
                    ON key = master_key.id AND version = coalesce(?, current_version)
                WHERE account.id = ?
                """)
        return try Row.fetchOne(
            statement,
            arguments: [id.map { Data($0.bytes) }, version.map { Int64($0) }, account.description]
        ).map(StoredKey.init)
    }

    /// The keys of an account in order of creation, from the first one after `position`.
    static func page(
        _ db: Database, account: AccountID, after position: ListPosition?, limit: Int
    ) throws -> [ListPosition] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT created, id FROM master_key
                WHERE account = ? AND (created, id) > (?, ?) ORDER BY created, id LIMIT ?
                """)
        return try Row.fetchAll(
            statement,
            arguments: [
                account.description, position?.created ?? -Double.infinity,
                Data(position?.key.bytes ?? []), limit,
            ]
        ).map { row in try ListPosition(created: row.decode(forColumn: "created"), key: row.keyID())
        }
    }

    static func count(_ db: Database, account: AccountID) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT count(*) FROM master_key WHERE account = ?",
            arguments: [account.description]) ?? 0
    }

    /// Adds an Enabled key and the first version of its material.
    static func insert(
        _ db: Database, account: AccountID, material: KeyMaterial, description: String,
        created: Double
    ) throws {
        let id = Data(material.key.bytes)
        try db.execute(
            sql: """
                INSERT INTO master_key (id, account, description, state, created, current_version)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, account.description, description, KeyState.enabled.rawValue, created,
                Int64(material.version),
            ])
        try db.execute(
            sql: "INSERT INTO key_material (key, version, token) VALUES (?, ?, ?)",
            arguments: [id, Int64(material.version), Data(material.token)])
    }

    func setState(_ db: Database, to state: KeyState) throws {
        guard state != self.state else { return }
        try db.execute(
            sql: "UPDATE master_key SET state = ? WHERE id = ?",
            arguments: [state.rawValue, Data(id.bytes)])
    }

    private init(_ row: Row) throws {
        id = try row.keyID()
        description = try row.decode(forColumn: "description")
        guard let state = try KeyState(rawValue: row.decode(forColumn: "state")) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a key has an unknown state")
        }
        self.state = state
        created = try row.decode(forColumn: "created")
        deletionDate = try row.decode(forColumn: "deletion_date")
        isAccountDefault = try row.decode(forColumn: "is_default")
        if let version = try row.decode(UInt32?.self, forColumn: "version") {
            let token = try row.decode(Data.self, forColumn: "token")
            material = KeyMaterial(key: id, version: version, token: Array(token))
        } else {
            material = nil
        }
    }
}

extension Row {
    fileprivate func keyID() throws -> KeyID {
        guard let id = try KeyID(bytes: Array(decode(Data.self, forColumn: "id"))) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a key id is not a UUID")
        }
        return id
    }
}
