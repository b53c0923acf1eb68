package import OKMS

extension AccountService {
    package static let maximumAliasCount = 50

    package func createAlias(_ alias: AliasName, for key: KeyName) throws(KeyServiceError) {
        try perform(.createAlias) { call in
            try checkOwn(alias)
            try change(key, for: &call) { db, key in
                guard try StoredAlias.target(db, account: account, name: alias) == nil else {
                    throw KeyServiceError(.alreadyExists, "Alias '\(alias)' exists already")
                }
                guard try StoredAlias.count(db, of: key.id) < Self.maximumAliasCount else {
                    throw KeyServiceError(
                        .limitExceeded,
                        "a key has at most \(Self.maximumAliasCount) aliases")
                }
                try StoredAlias.insert(
                    db, account: account, name: alias, key: key.id, at: engine.settings.now())
            }
        }
    }

    /// What begins with these words is the service's: `alias/okms/default` above all.
    func checkOwn(_ alias: AliasName) throws(KeyServiceError) {
        for reserved in ["alias/okms/", "alias/aws/"]
        where alias.description.hasPrefix(reserved) {
            throw KeyServiceError(
                .invalidAliasName, "'\(alias)' begins with '\(reserved)', which is reserved")
        }
    }
}
