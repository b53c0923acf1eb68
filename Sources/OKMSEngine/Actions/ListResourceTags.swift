package import OKMS

extension AccountService {
    package func listResourceTags(
        _ key: KeyName, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyTag> {
        try perform(.listResourceTags) { call in
            let limit = limit ?? 50
            try check(limit, "limit", isWithin: 1...50)
            let id = try managedID(of: key)
            let list = ListMarkers.List(account: account, action: .listResourceTags, key: id)
            return try page(of: list, limit: limit, marker: marker) { position, count in
                try engine.store.read { db in
                    _ = try findManaged(id, in: db, for: &call)
                    return try StoredTags.page(db, of: id, after: position ?? [], limit: count)
                }.map { (Array($0.key.utf8), $0) }
            }
        }
    }
}
