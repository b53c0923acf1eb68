package import LibCrypto
package import OKMS

extension OKMSEngine {
    package func updateKeyDescription(_ key: KeyName, to description: String)
        throws(KeyServiceError)
    { throw KeyServiceError(.unsupportedOperation, "") }
    package func scheduleKeyDeletion(
        _ key: KeyName, windowDays: Int?
    ) throws(KeyServiceError) -> ScheduledDeletion {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func cancelKeyDeletion(_ key: KeyName) throws(KeyServiceError) -> KeyARN {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func tagResource(_ key: KeyName, tags: [KeyTag]) throws(KeyServiceError) {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func untagResource(_ key: KeyName, keys: [String]) throws(KeyServiceError) {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func listResourceTags(
        _ key: KeyName, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyTag> { throw KeyServiceError(.unsupportedOperation, "") }
    package func createAlias(_ alias: AliasName, for key: KeyName) throws(KeyServiceError) {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func updateAlias(_ alias: AliasName, to key: KeyName) throws(KeyServiceError) {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func deleteAlias(_ alias: AliasName) throws(KeyServiceError) {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func listAliases(
        of key: KeyName?, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyAlias> { throw KeyServiceError(.unsupportedOperation, "") }
    package func rotateKeyOnDemand(_ key: KeyName) throws(KeyServiceError) -> KeyARN {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func enableKeyRotation(_ key: KeyName, periodDays: Int?) throws(KeyServiceError) {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func disableKeyRotation(_ key: KeyName) throws(KeyServiceError) {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func keyRotationStatus(of key: KeyName) throws(KeyServiceError) -> KeyRotationStatus {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func listKeyRotations(
        of key: KeyName, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyRotation> {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func reEncrypt(
        _ ciphertext: [UInt8], from source: KeyName?, context sourceContext: EncryptionContext,
        under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> ReEncryptedDataKey {
        throw KeyServiceError(.unsupportedOperation, "")
    }
    package func generateRandom(byteCount: Int) throws(KeyServiceError) -> SecretBytes {
        throw KeyServiceError(.unsupportedOperation, "")
    }
}
