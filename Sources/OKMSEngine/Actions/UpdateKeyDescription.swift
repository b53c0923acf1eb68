package import OKMS

extension AccountService {
    package func updateKeyDescription(
        _ key: KeyName, to description: String
    ) throws(KeyServiceError) {
        try perform(.updateKeyDescription) { call in
            try check(description: description)
            try change(key, for: &call) { db, key in
                try key.setDescription(db, to: description)
            }
        }
    }
}
