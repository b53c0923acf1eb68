package import OKMS

extension AccountService {
    package func untagResource(_ key: KeyName, keys: [String]) throws(KeyServiceError) {
        try perform(.untagResource) { call in
            for key in keys { try check(tagKey: key) }
            try change(key, for: &call) { db, key in try StoredTags.remove(db, keys, of: key.id) }
        }
    }
}
