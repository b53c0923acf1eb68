import GRDB
import OKMS

/// From a name to a key that may do what is asked.
extension AccountService {
    func arn(of key: KeyID) -> KeyARN {
        KeyARN(region: engine.region, account: account, key: key)
    }

    /// The key behind any name, with its current material, as the store had it when the call came.
    func find(_ name: KeyName, for call: Call) throws -> StoredKey {
        let lookup = StoredKey.Lookup(account: account, name: try reference(name), version: nil)
        guard let key = try engine.lookUp(lookup, asOf: call.generation) else {
            switch lookup.name {
            case .alias: throw KeyServiceError(.notFound, "Alias '\(name)' does not exist")
            case .id(let id): throw missing(arn(of: id))
            case .accountDefault:
                throw KeyServiceError(.notFound, "Key '\(name)' does not exist")
            }
        }
        return key
    }

    /// What a name refers to. Keys of other accounts and regions cannot be told from missing ones.
    private func reference(_ name: KeyName) throws(KeyServiceError) -> StoredKey.Lookup.Name {
        switch name {
        case .accountDefault: return .accountDefault
        case .id(let id): return .id(id)
        case .arn(let arn):
            guard arn == self.arn(of: arn.key) else { throw missing(arn) }
            return .id(arn.key)
        case .alias(let alias): return .alias(alias)
        case .aliasARN(let arn):
            guard arn.region == engine.region, arn.account == account else {
                throw KeyServiceError(.notFound, "Alias '\(arn)' does not exist")
            }
            return .alias(arn.name)
        }
    }

    /// The id that management names: it takes no alias.
    func managedID(of name: KeyName) throws(KeyServiceError) -> KeyID {
        switch try reference(name) {
        case .id(let id): return id
        case .alias, .accountDefault:
            if case .aliasARN = name {
                throw KeyServiceError(
                    .invalidARN, "'\(name)' is an alias; this operation takes a key's id or ARN")
            }
            throw KeyServiceError(
                .notFound,
                "Invalid keyId '\(name)': this operation takes a key's id or ARN, not an alias")
        }
    }

    /// The key that management names, within a transaction, noted for the call's record.
    func findManaged(
        _ id: KeyID, in db: Database, for call: inout Call
    ) throws -> StoredKey {
        let lookup = StoredKey.Lookup(account: account, name: .id(id), version: nil)
        guard let key = try StoredKey.fetch(db, lookup), !key.isDue(at: engine.settings.now())
        else { throw missing(arn(of: id)) }
        call.key = arn(of: id)
        return key
    }

    /// Changes a key that is not about to be deleted.
    func change<R>(
        _ name: KeyName, for call: inout Call, _ body: (Database, StoredKey) throws -> R
    ) throws -> R {
        let id = try managedID(of: name)
        return try engine.store.write { db in
            let key = try findManaged(id, in: db, for: &call)
            try checkManageable(key)
            return try body(db, key)
        }
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

    private func missing(_ arn: KeyARN) -> KeyServiceError {
        KeyServiceError(.notFound, "Key '\(arn)' does not exist")
    }
}
