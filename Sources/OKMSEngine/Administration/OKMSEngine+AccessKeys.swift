import GRDB
import LibCrypto
package import OKMS

/// Access keys, for administrators and for servers. Every change leaves a record in the audit trail.
extension OKMSEngine {
    package static let maximumAccessKeyCount = 10

    /// Makes an access key, limited to some actions or not. This is the only time its secret is
    /// shown.
    ///
    /// `expires` is seconds since 1970. Throws `notFound` if there is no such account,
    /// `limitExceeded` if it has its ten, `validation` for a date that has passed or no action.
    package func createAccessKey(
        for account: AccountID, actions: Set<KeyAction>? = nil, expires: Double? = nil
    ) throws(KeyServiceError) -> NewAccessKey {
        try answering {
            let now = settings.now()
            guard expires.map({ $0 > now }) ?? true else {
                throw KeyServiceError(.validation, "an access key expires in the future")
            }
            guard actions.map({ !$0.isEmpty }) ?? true else {
                throw KeyServiceError(.validation, "an access key is allowed some action")
            }
            let description = AccessKey.Description(
                id: try Self.randomAccessKeyID(), account: account, isActive: true, created: now,
                expires: expires, allowedActions: actions)
            let secret = try Self.randomSecret()
            let stored = StoredAccessKey(
                description: description,
                sealed: try secretWrapping.wrap(secret, of: description.id, account))
            try store.write { db in
                guard try StoredAccount.exists(db, id: account) else {
                    throw KeyServiceError(.notFound, "there is no account \(account)")
                }
                guard try StoredAccessKey.count(db, of: account) < Self.maximumAccessKeyCount else {
                    throw KeyServiceError(
                        .limitExceeded,
                        "account \(account) has \(Self.maximumAccessKeyCount) access keys already")
                }
                try stored.insert(db)
            }
            try recordAdministration("CreateAccessKey", of: account, accessKeyID: description.id)
            return NewAccessKey(description: description, secret: secret)
        }
    }

    /// In order of creation, without their secrets. Throws `notFound` if there is no such account.
    package func accessKeys(
        of account: AccountID
    ) throws(KeyServiceError) -> [AccessKey.Description] {
        try answering {
            try store.read { db in
                guard try StoredAccount.exists(db, id: account) else {
                    throw KeyServiceError(.notFound, "there is no account \(account)")
                }
                return try StoredAccessKey.fetchAll(db, of: account)
            }.map(\.description)
        }
    }

    /// Throws `notFound` if there is no such access key. Every engine on the store heeds it from its
    /// next request on.
    package func setAccessKey(_ id: String, active: Bool) throws(KeyServiceError) {
        try changeAccessKey(id, action: active ? "ActivateAccessKey" : "DeactivateAccessKey") {
            db in
            try StoredAccessKey.setActive(db, id: id, to: active)
        }
    }

    package func deleteAccessKey(_ id: String) throws(KeyServiceError) {
        try changeAccessKey(id, action: "DeleteAccessKey") {
            try StoredAccessKey.delete($0, id: id)
        }
    }

    /// The access key with that id, as the store has it now; nil if there is none.
    ///
    /// Cheap: kept in memory for as long as nobody changes the store.
    package func accessKey(_ id: String) throws(KeyServiceError) -> AccessKey? {
        guard id.utf8.count == AccessKey.idByteCount else { return nil }
        return try answering {
            try accessKeyCache.value(for: id, asOf: store.generation()) { db in
                guard let stored = try StoredAccessKey.fetch(db, id: id) else { return nil }
                let description = stored.description
                do throws(CryptoError) {
                    return AccessKey(
                        description: description,
                        secret: SecretHolder(
                            try secretWrapping.unwrap(
                                stored.sealed, of: description.id, description.account)))
                } catch {
                    throw StoreError.damaged(
                        path: store.path, reason: "the secret of access key \(id) does not open")
                }
            }
        }
    }

    private func changeAccessKey(
        _ id: String, action: String, _ body: (Database) throws -> Bool
    ) throws(KeyServiceError) {
        try answering {
            let account = try store.write { db in
                guard let key = try StoredAccessKey.fetch(db, id: id), try body(db) else {
                    throw KeyServiceError(.notFound, "there is no access key \(id)")
                }
                return key.description.account
            }
            try recordAdministration(action, of: account, accessKeyID: id)
        }
    }

    /// Letters and digits, each as likely as any other.
    private static func randomAccessKeyID() throws(CryptoError) -> String {
        let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        var id: [UInt8] = []
        while id.count < AccessKey.idByteCount {
            for byte in try randomBytes(count: 32)
            where byte < 252 && id.count < AccessKey.idByteCount {
                id.append(characters[Int(byte) % characters.count])
            }
        }
        return String(decoding: id, as: UTF8.self)
    }

    /// The 64 characters of base64, hence 240 bits.
    private static func randomSecret() throws(CryptoError) -> SecretBytes {
        let characters = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let random = try SecretBytes.random(count: AccessKey.secretByteCount)
        return random.withBytes { random in
            SecretBytes(count: random.count) { secret in
                for i in random.indices { secret[i] = characters[Int(random[i] & 63)] }
            }
        }
    }
}
