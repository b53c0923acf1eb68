private import FoundationEssentials
import GRDB
import LibCrypto
import OKMS

/// Wraps the secrets of access keys for the store: AES-256-GCM under the service key.
///
/// The service key is made with the store, encrypted by the module under material of its own, and
/// lives in the clear only in the memory of engines. It is opened once, when the store is: a server
/// looks up access keys far more often than a module could decrypt.
final class SecretWrapping: Sendable {
    private static let label = Array("okms service key v1".utf8)

    private let key: SecretBytes

    /// Opens the store's service key; makes it first, where there is none.
    ///
    /// The caller holds the directory's lock: two processes may open the same store.
    init(of store: Store, in hsm: any HardwareSecurityModule) throws {
        let stored = try store.read { db in try Row.fetchOne(db, sql: "SELECT * FROM service_key") }
        if let stored {
            guard let id = KeyID(bytes: try stored.bytes("material_key")) else {
                throw StoreError.damaged(path: store.path, reason: "the service key is malformed")
            }
            let material = KeyMaterial(
                key: id, version: 1, token: try stored.bytes("material_token"))
            let sealed = SealedBytes(
                iv: try stored.bytes("iv"), ciphertext: try stored.bytes("ciphertext"),
                tag: try stored.bytes("tag"))
            do throws(HSMError) {
                key = try hsm.decrypt(sealed, with: material, additionalData: Self.label.span)
            } catch .cannotDecrypt {
                throw StoreError.damaged(
                    path: store.path, reason: "the service key does not open")
            }
            return
        }
        let key = try SecretBytes.random(count: AESGCM.keyByteCount)
        let holder = SecretHolder(key)
        try store.writeMakingMaterial(in: hsm) { db, makeMaterial in
            let material = try makeMaterial(.random(), 1)
            let sealed = try hsm.encrypt(
                holder.secret, with: material, additionalData: Self.label.span)
            try db.execute(
                sql: """
                    INSERT INTO service_key (only, material_key, material_token, iv, ciphertext, tag)
                    VALUES (1, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    Data(material.key.bytes), Data(material.token), Data(sealed.iv),
                    Data(sealed.ciphertext), Data(sealed.tag),
                ])
        }
        self.key = holder.secret.duplicate()
    }

    /// Wraps a secret of the access key with this id, of this account and no other.
    func wrap(
        _ secret: borrowing SecretBytes, of id: String, _ account: AccountID
    ) throws(CryptoError) -> SealedBytes {
        try SealedBytes(
            sealing: secret, under: key, iv: randomBytes(count: AESGCM.ivByteCount),
            additionalData: additionalData(id, account).span)
    }

    func unwrap(
        _ sealed: SealedBytes, of id: String, _ account: AccountID
    ) throws(CryptoError) -> SecretBytes {
        try sealed.opened(under: key, additionalData: additionalData(id, account).span)
    }

    private func additionalData(_ id: String, _ account: AccountID) -> [UInt8] {
        Array("okms access key v1 \(account) \(id)".utf8)
    }
}

extension Row {
    func bytes(_ column: String) throws -> [UInt8] {
        Array(try decode(Data.self, forColumn: column))
    }
}
