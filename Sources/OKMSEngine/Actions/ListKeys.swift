package import OKMS

extension OKMSEngine {
    package func listKeys(limit: Int?, marker: String?) throws(KeyServiceError) -> Page<KeyARN> {
        let limit = limit ?? 100
        try check(limit, "limit", isWithin: Self.listLimits)
        return try answering {
            var start: ListPosition?
            if let marker {
                start = try markers.position(of: marker, in: "ListKeys")
                guard start != nil else {
                    throw KeyServiceError(
                        .invalidMarker, "the marker was not made by an earlier page of this list")
                }
            }
            let found = try store.read { db in
                try StoredKey.page(db, account: account, after: start, limit: limit + 1)
            }
            let page = found.prefix(limit)
            let isLast = found.count == page.count
            return Page(
                page.map { arn(of: $0.key) },
                nextMarker: isLast
                    ? nil : try page.last.map { try markers.text(for: $0, in: "ListKeys") })
        }
    }
}
