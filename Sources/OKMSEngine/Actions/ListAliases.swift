package import OKMS

extension AccountService {
    package func listAliases(
        of key: KeyName?, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyAlias> {
        try perform(.listAliases) { call in
            let limit = limit ?? 50
            try check(limit, "limit", isWithin: 1...100)
            let id = try key.map { try managedID(of: $0) }
            let list = ListMarkers.List(account: account, action: .listAliases, key: id)
            return try page(of: list, limit: limit, marker: marker) { position, count in
                try engine.store.read { db in
                    if let id { _ = try findManaged(id, in: db, for: &call) }
                    return try StoredAlias.page(
                        db, account: account, region: engine.region, of: id,
                        after: String(decoding: position ?? [], as: UTF8.self), limit: count,
                        now: engine.settings.now())
                }.map { (Array($0.name.description.utf8), $0) }
            }
        }
    }
}
