import LibCrypto
import OKMS

/// A service that knows one wrapped data key under one context, and how it answers.
struct StubKeyService: DataKeyService {
    let ciphertext: [UInt8]
    let context: EncryptionContext
    var dataKey = Sample.dataKeyBytes
    /// The key the answer names; by default the one asked for.
    var answers: KeyARN?

    func decrypt(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey {
        guard case .arn(let arn)? = key else { throw KeyServiceError(.notFound, "no key named") }
        guard ciphertext == self.ciphertext, context.pairs == self.context.pairs else {
            throw KeyServiceError(.invalidCiphertext, "refused \(ciphertext.count) bytes")
        }
        return DataKey(
            plaintext: Sample.secret(dataKey),
            wrapped: WrappedDataKey(key: answers ?? arn, ciphertext: ciphertext))
    }

    private var unsupported: KeyServiceError { KeyServiceError(.unsupportedOperation, "a stub") }

    func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyName, context: EncryptionContext,
        dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey { throw unsupported }
    func generateDataKey(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey { throw unsupported }
    func generateDataKeyWithoutPlaintext(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey { throw unsupported }
    func reEncrypt(
        _ ciphertext: [UInt8], from source: KeyName?, context sourceContext: EncryptionContext,
        under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> ReEncryptedDataKey { throw unsupported }
    func generateRandom(byteCount: Int) throws(KeyServiceError) -> SecretBytes {
        throw unsupported
    }
}
