package import OKMS

extension AccountService {
    package func listKeys(limit: Int?, marker: String?) throws(KeyServiceError) -> Page<KeyARN> {
        try perform(.listKeys) { _ in
            let limit = limit ?? 100
            try check(limit, "limit", isWithin: 1...1000)
            let list = ListMarkers.List(account: account, action: .listKeys, key: nil)
            return try page(of: list, limit: limit, marker: marker) { position, count in
                try engine.store.read { db in
                    try StoredKey.page(
                        db, account: account, after: position.flatMap(ListPosition.init(bytes:)),
                        limit: count, now: engine.settings.now())
                }.map { ($0.bytes, arn(of: $0.key)) }
            }
        }
    }
}
