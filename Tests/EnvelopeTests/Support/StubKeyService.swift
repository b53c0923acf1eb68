import LibCrypto
import OKMS

/// A service that knows one wrapped data key under one context, and how it answers.
struct StubKeyService: KeyManagementService {
    let ciphertext: [UInt8]
    let context: EncryptionContext
    var dataKey = Sample.dataKeyBytes
    /// The key the answer names; by default the one asked for.
    var answers: KeyARN?

    func decrypt(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext
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

    func createKey(description: String) throws(KeyServiceError) -> KeyMetadata {
        throw unsupported
    }
    func describeKey(_ key: KeyName) throws(KeyServiceError) -> KeyMetadata { throw unsupported }
    func listKeys(limit: Int?, marker: String?) throws(KeyServiceError) -> KeyPage {
        throw unsupported
    }
    func enableKey(_ key: KeyName) throws(KeyServiceError) { throw unsupported }
    func disableKey(_ key: KeyName) throws(KeyServiceError) { throw unsupported }
    func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyName, context: EncryptionContext
    ) throws(KeyServiceError) -> WrappedDataKey { throw unsupported }
    func generateDataKey(
        byteCount: Int, under key: KeyName, context: EncryptionContext
    ) throws(KeyServiceError) -> DataKey { throw unsupported }
    func generateDataKeyWithoutPlaintext(
        byteCount: Int, under key: KeyName, context: EncryptionContext
    ) throws(KeyServiceError) -> WrappedDataKey { throw unsupported }
}
