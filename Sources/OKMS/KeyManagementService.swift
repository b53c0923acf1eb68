package import LibCrypto

/// What any key management service offers, whoever runs it.
///
/// Calls block the thread that makes them and may be made from several at once. The account is the
/// one the conformer speaks for. Every failure is a `KeyServiceError`; a wrong context and a damaged
/// ciphertext look the same.
/// Source: AWS KMS API 2014-11-01.
package protocol KeyManagementService: Sendable {
    func createKey(description: String) throws(KeyServiceError) -> KeyMetadata
    func describeKey(_ key: KeyName) throws(KeyServiceError) -> KeyMetadata
    /// `limit` is 1 … 1000, by default 100. A page may be shorter.
    func listKeys(limit: Int?, marker: String?) throws(KeyServiceError) -> KeyPage
    func enableKey(_ key: KeyName) throws(KeyServiceError)
    func disableKey(_ key: KeyName) throws(KeyServiceError)

    /// Encrypts 1 … 4096 bytes.
    func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyName, context: EncryptionContext
    ) throws(KeyServiceError) -> WrappedDataKey

    /// Opens a ciphertext blob; with `key`, only if that is the key it was made under.
    func decrypt(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext
    ) throws(KeyServiceError) -> DataKey

    /// A random key of 1 … 1024 bytes, in plaintext and wrapped.
    func generateDataKey(
        byteCount: Int, under key: KeyName, context: EncryptionContext
    ) throws(KeyServiceError) -> DataKey

    /// The same without ever handing out the plaintext.
    func generateDataKeyWithoutPlaintext(
        byteCount: Int, under key: KeyName, context: EncryptionContext
    ) throws(KeyServiceError) -> WrappedDataKey
}

extension KeyManagementService {
    /// Every key of the account, page after page, in order of creation.
    package func allKeys() throws(KeyServiceError) -> [KeyARN] {
        var keys: [KeyARN] = []
        var marker: String?
        repeat {
            let page = try listKeys(limit: nil, marker: marker)
            keys += page.keys
            marker = page.nextMarker
        } while marker != nil
        return keys
    }
}
