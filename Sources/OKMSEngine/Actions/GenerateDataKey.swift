import LibCrypto
package import OKMS

extension AccountService {
    package func generateDataKey(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey {
        try perform(.generateDataKey) { call in
            try makeDataKey(byteCount, under: key, context: context, dryRun: dryRun, for: &call)
        }
    }

    package func generateDataKeyWithoutPlaintext(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey {
        try perform(.generateDataKeyWithoutPlaintext) { call in
            try makeDataKey(byteCount, under: key, context: context, dryRun: dryRun, for: &call)
                .wrapped
        }
    }

    private func makeDataKey(
        _ byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool,
        for call: inout Call
    ) throws -> DataKey {
        try check(byteCount, "numberOfBytes", isWithin: Self.dataKeyByteCounts)
        try check(context)
        call.context = context
        let material = try materialForEncryption(under: key, dryRun: dryRun, for: call) {
            call.key = $0
        }
        let plaintext = try random(byteCount)
        let wrapped = try seal(plaintext, with: material, context: context)
        return DataKey(plaintext: plaintext, wrapped: wrapped)
    }

    func random(_ byteCount: Int) throws(KeyServiceError) -> SecretBytes {
        do throws(CryptoError) {
            return try .random(count: byteCount)
        } catch {
            throw KeyServiceError(.unavailable, "\(error)")
        }
    }
}
