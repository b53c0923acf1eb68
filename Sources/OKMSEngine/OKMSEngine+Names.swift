import GRDB
import LibCrypto
import OKMS

/// From a name to a key that may do what is asked, and from a failure to the protocol's words.
extension OKMSEngine {
    func arn(of key: KeyID) -> KeyARN { KeyARN(region: region, account: account, key: key) }

    /// The id behind a name; nil is the account's default key. Keys of other accounts and regions
    /// cannot be told from missing ones.
    func id(of name: KeyName) throws(KeyServiceError) -> KeyID? {
        switch name {
        case .accountDefault: return nil
        case .id(let id): return id
        case .alias: throw KeyServiceError(.notFound, "Alias '\(name)' does not exist")
        case .arn(let arn):
            guard arn == self.arn(of: arn.key) else { throw missing(arn) }
            return arn.key
        }
    }

    func find(_ name: KeyName, in db: Database) throws -> StoredKey {
        let id = try id(of: name)
        guard let key = try StoredKey.fetch(db, account: account, id: id) else {
            throw id.map { missing(arn(of: $0)) }
                ?? KeyServiceError(.notFound, "Key '\(name)' does not exist")
        }
        return key
    }

    /// Lets only an Enabled key pass.
    func checkUsable(_ key: StoredKey) throws(KeyServiceError) {
        try checkManageable(key)
        guard key.state != .disabled else {
            throw KeyServiceError(.disabled, "\(arn(of: key.id)) is disabled.")
        }
    }

    /// Lets any key pass that is not about to be deleted.
    func checkManageable(_ key: StoredKey) throws(KeyServiceError) {
        guard key.state != .pendingDeletion else {
            throw KeyServiceError(.invalidState, "\(arn(of: key.id)) is pending deletion.")
        }
    }

    /// Puts every error into the protocol's words.
    func answering<R: ~Copyable>(_ body: () throws -> R) throws(KeyServiceError) -> R {
        do {
            return try body()
        } catch let error as KeyServiceError {
            throw error
        } catch let error as StoreError {
            throw KeyServiceError(error)
        } catch let error as HSMError {
            throw answer(to: error)
        } catch {
            throw KeyServiceError(.internal, "\(error)")
        }
    }

    func answer(to error: HSMError) -> KeyServiceError {
        switch error {
        case .cannotDecrypt: .cannotDecrypt
        case .unusableMaterial:
            KeyServiceError(
                .internal,
                "\(hsm.name) does not open the key's material; restore \(store.path) from a backup")
        case .failed(let reason):
            KeyServiceError(.unavailable, "\(hsm.name) failed (\(reason)); try again")
        }
    }

    private func missing(_ arn: KeyARN) -> KeyServiceError {
        KeyServiceError(.notFound, "Key '\(arn)' does not exist")
    }
}
