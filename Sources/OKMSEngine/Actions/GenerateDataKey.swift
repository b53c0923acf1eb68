import LibCrypto
package import OKMS

extension OKMSEngine {
    package func generateDataKey(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey {
        try check(byteCount, "numberOfBytes", isWithin: Self.dataKeyByteCounts)
        try check(context)
        let material = try materialForEncryption(under: key)
        let plaintext: SecretBytes
        do throws(CryptoError) {
            plaintext = try .random(count: byteCount)
        } catch {
            throw KeyServiceError(.unavailable, "\(error)")
        }
        let wrapped = try seal(plaintext, with: material, context: context)
        return DataKey(plaintext: plaintext, wrapped: wrapped)
    }

    package func generateDataKeyWithoutPlaintext(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey {
        try generateDataKey(byteCount: byteCount, under: key, context: context).wrapped
    }
}
