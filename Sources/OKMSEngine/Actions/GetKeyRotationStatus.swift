package import OKMS

extension AccountService {
    /// A key that is pending deletion is not rotated, so it says that rotation is off.
    package func keyRotationStatus(of key: KeyName) throws(KeyServiceError) -> KeyRotationStatus {
        try perform(.getKeyRotationStatus) { call in
            let id = try managedID(of: key)
            let key = try engine.store.read { try findManaged(id, in: $0, for: &call) }
            let isEnabled = key.rotationDays != nil && key.state != .pendingDeletion
            return KeyRotationStatus(
                key: arn(of: id), isEnabled: isEnabled,
                periodDays: isEnabled ? key.rotationDays : nil,
                nextRotation: isEnabled ? key.nextRotation : nil)
        }
    }
}
