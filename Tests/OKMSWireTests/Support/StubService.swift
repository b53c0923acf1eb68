import LibCrypto
import OKMS

/// Answers every call with the same made-up facts.
struct StubService: KeyManagementService {
    static let id = "1234abcd-12ab-34cd-56ef-1234567890ab"
    static let arnText = "arn:ows:kms:eu-west-2:123456789012:key/\(id)"
    static let alias = "alias/orders"

    let key: KeyARN
    let name: AliasName

    init() throws {
        guard let key = KeyARN(Self.arnText), let name = AliasName(Self.alias) else {
            throw KeyServiceError(.notFound, "")
        }
        self.key = key
        self.name = name
    }

    var metadata: KeyMetadata {
        KeyMetadata(
            arn: key, created: 1767323045.25, description: "d\u{e9}\"\n", state: .enabled,
            isAccountDefault: false)
    }

    var wrapped: WrappedDataKey { WrappedDataKey(key: key, ciphertext: [1, 2, 3, 255]) }

    private func check(_ dryRun: Bool) throws(KeyServiceError) {
        if dryRun { throw KeyServiceError(.dryRunOperation, "it would have succeeded") }
    }

    func createKey(description: String, tags: [KeyTag]) throws(KeyServiceError) -> KeyMetadata {
        metadata
    }
    func describeKey(_ key: KeyName) throws(KeyServiceError) -> KeyMetadata { metadata }
    func listKeys(limit: Int?, marker: String?) throws(KeyServiceError) -> Page<KeyARN> {
        Page([key], nextMarker: marker == nil ? "next" : nil)
    }
    func enableKey(_ key: KeyName) throws(KeyServiceError) {}
    func disableKey(_ key: KeyName) throws(KeyServiceError) {}
    func updateKeyDescription(_ key: KeyName, to description: String) throws(KeyServiceError) {}
    func scheduleKeyDeletion(
        _ key: KeyName, windowDays: Int?
    ) throws(KeyServiceError) -> ScheduledDeletion {
        ScheduledDeletion(
            key: self.key, deletionDate: 1767927845.5, windowDays: windowDays ?? 30)
    }
    func cancelKeyDeletion(_ key: KeyName) throws(KeyServiceError) -> KeyARN { self.key }
    func tagResource(_ key: KeyName, tags: [KeyTag]) throws(KeyServiceError) {}
    func untagResource(_ key: KeyName, keys: [String]) throws(KeyServiceError) {}
    func listResourceTags(
        _ key: KeyName, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyTag> {
        Page([KeyTag(key: "a", value: "1"), KeyTag(key: "b", value: "")], nextMarker: nil)
    }
    func createAlias(_ alias: AliasName, for key: KeyName) throws(KeyServiceError) {}
    func updateAlias(_ alias: AliasName, to key: KeyName) throws(KeyServiceError) {}
    func deleteAlias(_ alias: AliasName) throws(KeyServiceError) {}
    func listAliases(
        of key: KeyName?, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyAlias> {
        Page(
            [KeyAlias(name: name, target: self.key, created: 1, updated: 2.5)], nextMarker: nil)
    }
    func rotateKeyOnDemand(_ key: KeyName) throws(KeyServiceError) -> KeyARN { self.key }
    func enableKeyRotation(_ key: KeyName, periodDays: Int?) throws(KeyServiceError) {}
    func disableKeyRotation(_ key: KeyName) throws(KeyServiceError) {}
    func keyRotationStatus(of key: KeyName) throws(KeyServiceError) -> KeyRotationStatus {
        KeyRotationStatus(key: self.key, isEnabled: true, periodDays: 365, nextRotation: 1.5)
    }
    func listKeyRotations(
        of key: KeyName, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyRotation> {
        let id = String(repeating: "a", count: 64)
        return Page(
            [KeyRotation(key: self.key, date: 3, cause: .onDemand, materialID: id)],
            nextMarker: nil)
    }
    func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyName, context: EncryptionContext,
        dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey {
        try check(dryRun)
        return WrappedDataKey(key: self.key, ciphertext: plaintext.copy())
    }
    func decrypt(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey {
        try check(dryRun)
        return DataKey(plaintext: secret("plain"), wrapped: wrapped)
    }
    func reEncrypt(
        _ ciphertext: [UInt8], from source: KeyName?, context sourceContext: EncryptionContext,
        under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> ReEncryptedDataKey {
        try check(dryRun)
        return ReEncryptedDataKey(source: self.key, wrapped: wrapped)
    }
    func generateDataKey(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey {
        try check(dryRun)
        return DataKey(
            plaintext: secret(String(repeating: "k", count: byteCount)), wrapped: wrapped)
    }
    func generateDataKeyWithoutPlaintext(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey {
        try check(dryRun)
        return wrapped
    }
    func generateRandom(byteCount: Int) throws(KeyServiceError) -> SecretBytes {
        secret(String(repeating: "r", count: byteCount))
    }
}
