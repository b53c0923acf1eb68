private import FoundationEssentials
import GRDB
import OKMS

/// An access key as the store has it, its secret wrapped.
struct StoredAccessKey {
    let description: AccessKey.Description
    let sealed: SealedBytes

    static func fetch(_ db: Database, id: String) throws -> StoredAccessKey? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM access_key WHERE id = ?"), arguments: [id]
        ).map(StoredAccessKey.init)
    }

    static func fetchAll(_ db: Database, of account: AccountID) throws -> [StoredAccessKey] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM access_key WHERE account = ? ORDER BY created, id",
            arguments: [account.description]
        ).map(StoredAccessKey.init)
    }

    static func count(_ db: Database, of account: AccountID) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT count(*) FROM access_key WHERE account = ?",
            arguments: [account.description]) ?? 0
    }

    func insert(_ db: Database) throws {
        let actions = description.allowedActions.map { actions in
            actions.map(\.rawValue).sorted().joined(separator: " ")
        }
        try db.execute(
            sql: """
                INSERT INTO access_key
                    (id, account, iv, ciphertext, tag, is_active, created, expires, actions)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                description.id, description.account.description, Data(sealed.iv),
                Data(sealed.ciphertext), Data(sealed.tag), description.isActive,
                description.created, description.expires, actions,
            ])
    }

    /// False if there is no such access key.
    static func setActive(_ db: Database, id: String, to isActive: Bool) throws -> Bool {
        try db.execute(
            sql: "UPDATE access_key SET is_active = ? WHERE id = ?", arguments: [isActive, id])
        return db.changesCount > 0
    }

    static func delete(_ db: Database, id: String) throws -> Bool {
        try db.execute(sql: "DELETE FROM access_key WHERE id = ?", arguments: [id])
        return db.changesCount > 0
    }

    init(description: AccessKey.Description, sealed: SealedBytes) {
        self.description = description
        self.sealed = sealed
    }

    /// An action that this version does not know is one that cannot be allowed.
    private init(_ row: Row) throws {
        let actions = try row.decode(String?.self, forColumn: "actions")
        description = AccessKey.Description(
            id: try row.decode(forColumn: "id"), account: try row.accountID("account"),
            isActive: try row.decode(forColumn: "is_active"),
            created: try row.decode(forColumn: "created"),
            expires: try row.decode(forColumn: "expires"),
            allowedActions: actions.map { actions in
                Set(actions.split(separator: " ").compactMap { KeyAction(rawValue: String($0)) })
            })
        sealed = SealedBytes(
            iv: try row.bytes("iv"), ciphertext: try row.bytes("ciphertext"),
            tag: try row.bytes("tag"))
    }
}
