import Locking
package import LibCrypto

/// Signing keys by access key, derived once a day and region.
///
/// Several threads may use one. It holds no more than `capacity` keys: a full one is emptied, which
/// costs a derivation each and happens at most when access keys by the thousand come at once.
package final class SigningKeyCache: Sendable {
    private struct Place: Hashable, Sendable {
        let accessKeyID: String
        let scope: CredentialScope
    }

    private let keys: Locked<[Place: SigningKey]>
    private let capacity: Int

    package init(capacity: Int = 4096) {
        self.capacity = capacity
        keys = Locked([:])
    }

    /// The key, derived from the secret if it is not known yet.
    package func key(
        of accessKeyID: String, in scope: CredentialScope, secret: borrowing SecretBytes
    ) throws(CryptoError) -> SigningKey {
        if let known = self.key(of: accessKeyID, in: scope) { return known }
        let derived = try SigningKey(secret: secret, scope: scope)
        keep(derived, of: accessKeyID)
        return derived
    }

    /// The key, if it was derived before. Saves the owner from unwrapping the secret.
    package func key(of accessKeyID: String, in scope: CredentialScope) -> SigningKey? {
        keys.withValue { $0[Place(accessKeyID: accessKeyID, scope: scope)] }
    }

    package func keep(_ key: SigningKey, of accessKeyID: String) {
        let place = Place(accessKeyID: accessKeyID, scope: key.scope)
        keys.withValue { keys in
            if keys.count >= capacity { keys.removeAll() }
            keys[place] = key
        }
    }

    /// Drops all keys of an access key that is no more, or inactive.
    package func forget(_ accessKeyID: String) {
        keys.withValue { keys in
            for place in keys.keys where place.accessKeyID == accessKeyID { keys[place] = nil }
        }
    }
}
