package import OKMS

extension AccountService {
    package func listKeyRotations(
        of key: KeyName, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyRotation> {
        try perform(.listKeyRotations) { call in
            let limit = limit ?? 100
            try check(limit, "limit", isWithin: 1...1000)
            let id = try managedID(of: key)
            let list = ListMarkers.List(account: account, action: .listKeyRotations, key: id)
            return try page(of: list, limit: limit, marker: marker) { position, count in
                try engine.store.read { db in
                    _ = try findManaged(id, in: db, for: &call)
                    return try StoredKey.rotations(
                        db, of: arn(of: id),
                        after: position.map { UInt32(bigEndianBytes: $0[...]) } ?? 0, limit: count)
                }.map { ($0.version.bigEndianBytes, $0.rotation) }
            }
        }
    }
}
