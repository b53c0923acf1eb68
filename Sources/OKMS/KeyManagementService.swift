/// What any key management service offers, whoever runs it.
///
/// Calls block the thread that makes them and may be made from several at once. The account is the
/// one the conformer speaks for. Every failure is a `KeyServiceError`. Management takes a key's id or
/// ARN; only `describeKey` takes an alias, as cryptography does.
/// Source: AWS KMS API 2014-11-01.
package protocol KeyManagementService: DataKeyService {
    // MARK: keys

    /// `description` has at most 8192 characters, `tags` at most 50 elements.
    func createKey(description: String, tags: [KeyTag]) throws(KeyServiceError) -> KeyMetadata
    func describeKey(_ key: KeyName) throws(KeyServiceError) -> KeyMetadata
    /// `limit` is 1 … 1000, by default 100. A page may be shorter.
    func listKeys(limit: Int?, marker: String?) throws(KeyServiceError) -> Page<KeyARN>
    func enableKey(_ key: KeyName) throws(KeyServiceError)
    func disableKey(_ key: KeyName) throws(KeyServiceError)
    func updateKeyDescription(_ key: KeyName, to description: String) throws(KeyServiceError)

    // MARK: deletion

    /// `windowDays` is 7 … 30, by default 30. The account's default key is never deleted.
    func scheduleKeyDeletion(
        _ key: KeyName, windowDays: Int?
    ) throws(KeyServiceError) -> ScheduledDeletion
    /// The key is Disabled afterwards.
    func cancelKeyDeletion(_ key: KeyName) throws(KeyServiceError) -> KeyARN

    // MARK: tags

    func tagResource(_ key: KeyName, tags: [KeyTag]) throws(KeyServiceError)
    /// Keys that are not there are ignored.
    func untagResource(_ key: KeyName, keys: [String]) throws(KeyServiceError)
    /// In byte order of their keys. `limit` is 1 … 50, by default 50.
    func listResourceTags(
        _ key: KeyName, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyTag>

    // MARK: aliases

    func createAlias(_ alias: AliasName, for key: KeyName) throws(KeyServiceError)
    func updateAlias(_ alias: AliasName, to key: KeyName) throws(KeyServiceError)
    func deleteAlias(_ alias: AliasName) throws(KeyServiceError)
    /// Of one key, or of the account; in byte order. `limit` is 1 … 100, by default 50.
    func listAliases(
        of key: KeyName?, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyAlias>

    // MARK: rotation

    /// New material encrypts, every old one goes on decrypting; id and ARN stay. At most 25 times.
    func rotateKeyOnDemand(_ key: KeyName) throws(KeyServiceError) -> KeyARN
    /// `periodDays` is 90 … 2560, by default 365.
    func enableKeyRotation(_ key: KeyName, periodDays: Int?) throws(KeyServiceError)
    func disableKeyRotation(_ key: KeyName) throws(KeyServiceError)
    func keyRotationStatus(of key: KeyName) throws(KeyServiceError) -> KeyRotationStatus
    /// Oldest first. `limit` is 1 … 1000, by default 100.
    func listKeyRotations(
        of key: KeyName, limit: Int?, marker: String?
    ) throws(KeyServiceError) -> Page<KeyRotation>
}

extension KeyManagementService {
    /// Every key of the account, page after page, in order of creation.
    package func allKeys() throws(KeyServiceError) -> [KeyARN] {
        var keys: [KeyARN] = []
        var marker: String?
        repeat {
            let page = try listKeys(limit: nil, marker: marker)
            keys += page.elements
            marker = page.nextMarker
        } while marker != nil
        return keys
    }

    /// A key without tags.
    package func createKey(description: String) throws(KeyServiceError) -> KeyMetadata {
        try createKey(description: description, tags: [])
    }
}
