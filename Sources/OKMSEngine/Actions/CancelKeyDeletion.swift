package import OKMS

extension AccountService {
    package func cancelKeyDeletion(_ key: KeyName) throws(KeyServiceError) -> KeyARN {
        try perform(.cancelKeyDeletion) { call in
            let id = try managedID(of: key)
            return try engine.store.write { db in
                let key = try findManaged(id, in: db, for: &call)
                guard key.state == .pendingDeletion else {
                    throw KeyServiceError(
                        .invalidState, "\(arn(of: id)) is not pending deletion.")
                }
                try key.setState(db, to: .disabled)
                return arn(of: id)
            }
        }
    }
}
