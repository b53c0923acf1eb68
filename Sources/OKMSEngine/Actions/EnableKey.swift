package import OKMS

extension OKMSEngine {
    package func enableKey(_ key: KeyName) throws(KeyServiceError) {
        try setState(of: key, to: .enabled)
    }

    package func disableKey(_ key: KeyName) throws(KeyServiceError) {
        try setState(of: key, to: .disabled)
    }

    private func setState(of name: KeyName, to state: KeyState) throws(KeyServiceError) {
        try answering {
            try store.write { db in
                let key = try find(name, in: db)
                try checkManageable(key)
                try key.setState(db, to: state)
            }
        }
    }
}
