package import OKMS

/// An owner of keys, as its administrator sees it.
package struct Account: Hashable, Sendable {
    package let id: AccountID
    /// How many customer master keys it may have, its default one included.
    package let keyQuota: Int
    package let keyCount: Int
    package let defaultKey: KeyARN
    /// Seconds since 1970.
    package let created: Double
}

/// Accounts, for administrators. Every change leaves a record in the audit trail.
extension OKMSEngine {
    /// Makes an account and its default key. Throws `validation` for a quota below 1.
    package func createAccount(
        keyQuota: Int? = nil
    ) throws(KeyServiceError) -> Account {
        let quota = keyQuota ?? StoredAccount.defaultKeyQuota
        try check(quota: quota)
        return try answering {
            let id = AccountID.random()
            try store.writeMakingMaterial(in: hsm) { db, makeMaterial in
                try StoredAccount.insert(
                    db, id: id, region: region, keyQuota: quota,
                    defaultKey: try makeMaterial(.random(), 1), created: settings.now())
            }
            try recordAdministration("CreateAccount", of: id)
            return try account(id)
        }
    }

    /// Every account, the default one first.
    package func accounts() throws(KeyServiceError) -> [Account] {
        try answering { try store.read { try StoredAccount.fetch($0) }.map(account(_:)) }
    }

    /// Throws `notFound` if there is no such account. A quota below what it has stops new keys only.
    package func setKeyQuota(
        of id: AccountID, to quota: Int
    ) throws(KeyServiceError) -> Account {
        try check(quota: quota)
        return try answering {
            guard try store.write({ try StoredAccount.setKeyQuota($0, account: id, to: quota) })
            else { throw KeyServiceError(.notFound, "there is no account \(id)") }
            try recordAdministration("SetKeyQuota", of: id)
            return try account(id)
        }
    }

    private func account(_ id: AccountID) throws -> Account {
        guard let stored = try store.read({ try StoredAccount.fetch($0, id: id) }).first else {
            throw KeyServiceError(.notFound, "there is no account \(id)")
        }
        return account(stored)
    }

    private func account(_ stored: StoredAccount) -> Account {
        Account(
            id: stored.id, keyQuota: stored.keyQuota, keyCount: stored.keyCount,
            defaultKey: KeyARN(region: region, account: stored.id, key: stored.defaultKey),
            created: stored.created)
    }

    private func check(quota: Int) throws(KeyServiceError) {
        guard 1...1_000_000 ~= quota else {
            throw KeyServiceError(
                .validation, "a key quota is 1 to 1000000, because the default key counts")
        }
    }

    func recordAdministration(
        _ action: String, of account: AccountID, accessKeyID: String? = nil
    ) throws(KeyServiceError) {
        let caller = Caller.thisProcess()
        try record(
            AuditRecord(
                requestID: caller.requestID, account: account, accessKeyID: accessKeyID,
                action: action, key: nil, outcome: "ok", source: caller.source))
    }
}
