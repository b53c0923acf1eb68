package import OKMS

extension AccountService {
    package func deleteAlias(_ alias: AliasName) throws(KeyServiceError) {
        try perform(.deleteAlias) { call in
            try checkOwn(alias)
            try engine.store.write { db in
                guard let key = try StoredAlias.target(db, account: account, name: alias) else {
                    throw KeyServiceError(.notFound, "Alias '\(alias)' does not exist")
                }
                call.key = arn(of: key)
                try StoredAlias.delete(db, account: account, name: alias)
            }
        }
    }
}
