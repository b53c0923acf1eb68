package import OKMS

extension AccountService {
    package func enableKey(_ key: KeyName) throws(KeyServiceError) {
        try perform(.enableKey) { call in
            try change(key, for: &call) { db, key in try key.setState(db, to: .enabled) }
        }
    }

    package func disableKey(_ key: KeyName) throws(KeyServiceError) {
        try perform(.disableKey) { call in
            try change(key, for: &call) { db, key in try key.setState(db, to: .disabled) }
        }
    }
}
