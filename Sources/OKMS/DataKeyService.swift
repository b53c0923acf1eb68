package import LibCrypto

/// The part of a key management service that sealing and opening need: cryptography under customer
/// master keys.
///
/// Calls block the thread that makes them and may be made from several at once. A key may be named by
/// id, ARN or alias. Every failure is a `KeyServiceError`; a wrong context and a damaged ciphertext look
/// the same.
///
/// With `dryRun` a call checks all there is to check and does nothing: it throws `dryRunOperation`
/// where it would have succeeded.
/// Source: AWS KMS API 2014-11-01.
package protocol DataKeyService: Sendable {
    /// Encrypts 1 … 4096 bytes.
    func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyName, context: EncryptionContext,
        dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey

    /// Opens a ciphertext blob; with `key`, only if that is the key it was made under.
    func decrypt(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey

    /// Opens a ciphertext blob and encrypts its content anew, without handing it out.
    func reEncrypt(
        _ ciphertext: [UInt8], from source: KeyName?, context sourceContext: EncryptionContext,
        under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> ReEncryptedDataKey

    /// A random key of 1 … 1024 bytes, in plaintext and wrapped.
    func generateDataKey(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey

    /// The same without ever handing out the plaintext.
    func generateDataKeyWithoutPlaintext(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey

    /// 1 … 1024 random bytes.
    func generateRandom(byteCount: Int) throws(KeyServiceError) -> SecretBytes
}

/// What most callers say: nothing of dry runs.
extension DataKeyService {
    package func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyName, context: EncryptionContext
    ) throws(KeyServiceError) -> WrappedDataKey {
        try encrypt(plaintext, under: key, context: context, dryRun: false)
    }

    package func decrypt(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext
    ) throws(KeyServiceError) -> DataKey {
        try decrypt(ciphertext, under: key, context: context, dryRun: false)
    }

    package func reEncrypt(
        _ ciphertext: [UInt8], from source: KeyName?, context sourceContext: EncryptionContext,
        under key: KeyName, context: EncryptionContext
    ) throws(KeyServiceError) -> ReEncryptedDataKey {
        try reEncrypt(
            ciphertext, from: source, context: sourceContext, under: key, context: context,
            dryRun: false)
    }

    package func generateDataKey(
        byteCount: Int, under key: KeyName, context: EncryptionContext
    ) throws(KeyServiceError) -> DataKey {
        try generateDataKey(byteCount: byteCount, under: key, context: context, dryRun: false)
    }

    package func generateDataKeyWithoutPlaintext(
        byteCount: Int, under key: KeyName, context: EncryptionContext
    ) throws(KeyServiceError) -> WrappedDataKey {
        try generateDataKeyWithoutPlaintext(
            byteCount: byteCount, under: key, context: context, dryRun: false)
    }
}
