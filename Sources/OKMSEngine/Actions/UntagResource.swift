package import OKMS

extension AccountService {
    package func untagResource(_ key: KeyName, keys: [String]) throws(KeyServiceError) {
        try perform(.untagResource) { call in
            // As bytes: texts that Swift calls equal may be different tags.
            var tags: Set<[UInt8]> = []
            for tag in keys where tags.insert(Array(tag.utf8)).inserted { try check(tagKey: tag) }
            try change(key, for: &call) { db, key in try StoredTags.remove(db, tags, of: key.id) }
        }
    }
}
