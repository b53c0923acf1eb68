package import OKMS

extension AccountService {
    package func createKey(
        description: String, tags: [KeyTag]
    ) throws(KeyServiceError) -> KeyMetadata {
        try perform(.createKey) { call in
            try check(description: description)
            try check(tags)
            let created = engine.settings.now()
            let id = try KeyID.random()
            try engine.store.writeMakingMaterial(in: engine.hsm) { db, makeMaterial in
                let quota = try StoredAccount.keyQuota(db, account: account)
                guard try StoredKey.count(db, account: account) < quota else {
                    throw KeyServiceError(
                        .limitExceeded,
                        "account \(account) has its \(quota) customer master keys already")
                }
                let material = try makeMaterial(id, 1)
                try StoredKey.insert(
                    db, account: account, material: material, description: description,
                    created: created)
                try StoredTags.set(db, tags, of: id)
            }
            call.key = arn(of: id)
            return KeyMetadata(
                arn: arn(of: id), created: created, description: description, state: .enabled,
                isAccountDefault: false)
        }
    }
}
