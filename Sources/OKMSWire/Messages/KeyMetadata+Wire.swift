import OKMS

/// `KeyMetadata` of answers. Ids are bare here, unlike in the answers of cryptography.
extension KeyMetadata {
    func write(to writer: inout MessageWriter) {
        writer.put("AWSAccountId", arn.account.description)
        writer.put(Member.keyID, arn.key.description)
        writer.put(Member.arn, arn.description)
        writer.put(Member.creationDate, time: created)
        writer.put("Enabled", state == .enabled)
        writer.put(Member.description, description)
        writer.put("KeyUsage", "ENCRYPT_DECRYPT")
        writer.put(Member.keyState, state.rawValue)
        if state == .pendingDeletion { writer.put(Member.deletionDate, time: deletionDate) }
        writer.put("Origin", "OKMS")
        writer.put("KeyManager", "CUSTOMER")
        writer.put("KeySpec", MessageReader.algorithm)
        writer.put("CustomerMasterKeySpec", MessageReader.algorithm)
        writer.put("EncryptionAlgorithms", [MessageReader.algorithm])
        writer.put("MultiRegion", false)
    }

    /// Whether the key is its account's default is not on the wire.
    init(_ members: inout MessageReader) throws(KeyServiceError) {
        let arn = try members.keyARN(Member.arn)
        let state = try members.required(try members.text(Member.keyState), Member.keyState)
        guard let known = KeyState(rawValue: state) else {
            throw KeyServiceError(.serialization, "The state '\(state.prefix(40))' is unknown.")
        }
        self.init(
            arn: arn,
            created: try members.required(
                try members.time(Member.creationDate), Member.creationDate),
            description: try members.text(Member.description) ?? "", state: known,
            deletionDate: try members.time(Member.deletionDate), isAccountDefault: false)
    }
}
