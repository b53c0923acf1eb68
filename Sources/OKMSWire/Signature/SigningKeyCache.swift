import Locking
package import LibCrypto

/// The signing key of each access key: the one of the day, derived when it is first needed.
///
/// Several threads may use one. It holds no more than `capacity` keys: a full one is emptied, which
/// costs a derivation each and happens at most when access keys by the thousand come at once.
package final class SigningKeyCache: Sendable {
    private let keys: Monitor<[String: SigningKey]>
    private let capacity: Int

    package init(capacity: Int = 4096) {
        self.capacity = capacity
        keys = Monitor([:])
    }

    /// The key, derived from the secret unless it is the one that is known. Then the known one, of
    /// another day as a rule, is dropped.
    package func key(
        of accessKeyID: String, in scope: CredentialScope, secret: borrowing SecretBytes
    ) throws(CryptoError) -> SigningKey {
        if let known = keys.update({ $0[accessKeyID] }), known.scope == scope { return known }
        let derived = try SigningKey(secret: secret, scope: scope)
        keys.update { keys in
            if keys.count >= capacity, keys[accessKeyID] == nil { keys.removeAll() }
            keys[accessKeyID] = derived
        }
        return derived
    }

    /// Drops the key of an access key that is no more, or may not be used.
    package func forget(_ accessKeyID: String) {
        keys.update { $0[accessKeyID] = nil }
    }
}
