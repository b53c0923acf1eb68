package import OKMS

extension OKMSEngine {
    package func createKey(
        description: String, tags: [KeyTag]
    ) throws(KeyServiceError) -> KeyMetadata {
        try check(
            length: description.unicodeScalars.count, of: "description",
            isWithin: 0...Self.maximumDescriptionLength)
        guard !description.utf8.contains(0) else {
            throw KeyServiceError(.validation, "a description holds no NUL character")
        }
        return try answering {
            let id = try KeyID.random()
            let created = settings.now()
            var material: KeyMaterial?
            do {
                try store.write { db in
                    let quota = try StoredAccount.keyQuota(db, account: account)
                    guard try StoredKey.count(db, account: account) < quota else {
                        throw KeyServiceError(
                            .limitExceeded,
                            "account \(account) has its \(quota) customer master keys already")
                    }
                    let made = try hsm.makeMaterial(for: id, version: 1)
                    material = made
                    try StoredKey.insert(
                        db, account: account, material: made, description: description,
                        created: created)
                }
            } catch {
                // Material that no store knows does no harm; what went wrong matters more.
                if let material { try? hsm.destroyMaterial(material) }
                throw error
            }
            return KeyMetadata(
                arn: arn(of: id), created: created, description: description, state: .enabled,
                isAccountDefault: false)
        }
    }
}
