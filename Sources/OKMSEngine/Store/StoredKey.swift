private import FoundationEssentials
import GRDB
import OKMS

/// A customer master key as the store has it, with the material of one of its versions.
struct StoredKey: Sendable {
    /// Which key of an account, and which version of its material: the current one, if nil.
    struct Lookup: Hashable {
        enum Name: Hashable {
            case accountDefault
            case id(KeyID)
            case alias(AliasName)
        }

        let account: AccountID
        let name: Name
        let version: UInt32?
    }

    let id: KeyID
    let account: AccountID
    let description: String
    let state: KeyState
    /// Seconds since 1970.
    let created: Double
    let deletionDate: Double?
    let isAccountDefault: Bool
    let currentVersion: UInt32
    let rotationDays: Int?
    /// Seconds since 1970; only with `rotationDays`.
    let nextRotation: Double?
    let onDemandRotationCount: Int
    /// Nil if the key has no such version.
    let material: KeyMaterial?

    /// Whether the key should have been destroyed by now.
    func isDue(at now: Double) -> Bool { deletionDate.map { $0 <= now } ?? false }

    static func fetch(_ db: Database, _ lookup: Lookup) throws -> StoredKey? {
        var id: KeyID?
        switch lookup.name {
        case .accountDefault: break
        case .id(let named): id = named
        case .alias(let alias):
            guard let target = try StoredAlias.target(db, account: lookup.account, name: alias)
            else { return nil }
            id = target
        }
        let statement = try db.cachedStatement(
            sql: """
                SELECT master_key.*, master_key.id = default_key AS is_default, version, token
                FROM account
                JOIN master_key
                    ON master_key.account = account.id AND master_key.id = coalesce(?, default_key)
                LEFT JOIN key_material
                    ON key = master_key.id AND version = coalesce(?, current_version)
                WHERE account.id = ?
                """)
        return try Row.fetchOne(
            statement,
            arguments: [
                id.map { Data($0.bytes) }, lookup.version.map { Int64($0) },
                lookup.account.description,
            ]
        ).map(StoredKey.init)
    }

    /// The keys of an account in order of creation, from the first one after `position`.
    static func page(
        _ db: Database, account: AccountID, after position: ListPosition?, limit: Int, now: Double
    ) throws -> [ListPosition] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT created, id FROM master_key
                WHERE account = ? AND (created, id) > (?, ?)
                    AND (deletion_date IS NULL OR deletion_date > ?)
                ORDER BY created, id LIMIT ?
                """)
        return try Row.fetchAll(
            statement,
            arguments: [
                account.description, position?.created ?? -Double.infinity,
                Data(position?.key.bytes ?? []), now, limit,
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

    /// With the date of deletion exactly where the state is PendingDeletion.
    func setState(_ db: Database, to state: KeyState, deletionDate: Double? = nil) throws {
        guard state != self.state else { return }
        try db.execute(
            sql: "UPDATE master_key SET state = ?, deletion_date = ? WHERE id = ?",
            arguments: [state.rawValue, deletionDate, Data(id.bytes)])
    }

    func setDescription(_ db: Database, to description: String) throws {
        try db.execute(
            sql: "UPDATE master_key SET description = ? WHERE id = ?",
            arguments: [description, Data(id.bytes)])
    }

    private init(_ row: Row) throws {
        id = try row.keyID()
        account = try row.accountID("account")
        description = try row.decode(forColumn: "description")
        guard let state = try KeyState(rawValue: row.decode(forColumn: "state")) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a key has an unknown state")
        }
        self.state = state
        created = try row.decode(forColumn: "created")
        deletionDate = try row.decode(forColumn: "deletion_date")
        isAccountDefault = try row.decode(forColumn: "is_default")
        currentVersion = try row.decode(forColumn: "current_version")
        rotationDays = try row.decode(forColumn: "rotation_days")
        nextRotation = try row.decode(forColumn: "next_rotation")
        onDemandRotationCount = try row.decode(forColumn: "on_demand_rotations")
        if let version = try row.decode(UInt32?.self, forColumn: "version") {
            let token = try row.decode(Data.self, forColumn: "token")
            material = KeyMaterial(key: id, version: version, token: Array(token))
        } else {
            material = nil
        }
    }
}
