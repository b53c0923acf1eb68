package import OKMS

extension AccountService {
    package func updateAlias(_ alias: AliasName, to key: KeyName) throws(KeyServiceError) {
        try perform(.updateAlias) { call in
            try checkOwn(alias)
            try change(key, for: &call) { db, key in
                guard try StoredAlias.target(db, account: account, name: alias) != nil else {
                    throw KeyServiceError(.notFound, "Alias '\(alias)' does not exist")
                }
                try StoredAlias.update(
                    db, account: account, name: alias, key: key.id, at: engine.settings.now())
            }
        }
    }
}
