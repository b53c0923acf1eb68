package import LibCrypto
package import OKMS
import OKMSWire

/// Cryptography. Answers are believed only if they are about what was asked.
extension OKMSClient {
    package func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyName, context: EncryptionContext,
        dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey {
        let call = EncryptCall(
            plaintext.duplicate(), under: key, context: context, dryRun: dryRun)
        return try naming(key) { () throws(KeyServiceError) in
            let wrapped = try answer(to: call, EncryptCall.answer)
            try check(wrapped.key, answers: key)
            return wrapped
        }
    }

    package func decrypt(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey {
        let call = DecryptCall(ciphertext, under: key, context: context, dryRun: dryRun)
        return try naming(key) { () throws(KeyServiceError) in
            let opened = try answer(to: call) { body throws(KeyServiceError) in
                try call.answer(body)
            }
            try check(opened.wrapped.key, answers: key)
            return opened
        }
    }

    package func reEncrypt(
        _ ciphertext: [UInt8], from source: KeyName?, context sourceContext: EncryptionContext,
        under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> ReEncryptedDataKey {
        let call = ReEncryptCall(
            ciphertext, from: source, context: sourceContext, under: key, context: context,
            dryRun: dryRun)
        return try naming(key) { () throws(KeyServiceError) in
            let made = try answer(to: call, ReEncryptCall.answer)
            try check(made.wrapped.key, answers: key)
            try check(made.source, answers: source)
            return made
        }
    }

    package func generateDataKey(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey {
        let call = GenerateDataKeyCall(
            byteCount: byteCount, under: key, context: context, dryRun: dryRun)
        return try naming(key) { () throws(KeyServiceError) in
            let made = try answer(to: call, GenerateDataKeyCall.answer)
            try check(made.wrapped.key, answers: key)
            try check(made.plaintext.count, asked: byteCount)
            return made
        }
    }

    package func generateDataKeyWithoutPlaintext(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey {
        let call = GenerateDataKeyWithoutPlaintextCall(
            byteCount: byteCount, under: key, context: context, dryRun: dryRun)
        return try naming(key) { () throws(KeyServiceError) in
            let wrapped = try answer(to: call, GenerateDataKeyWithoutPlaintextCall.answer)
            try check(wrapped.key, answers: key)
            return wrapped
        }
    }

    package func generateRandom(byteCount: Int) throws(KeyServiceError) -> SecretBytes {
        let random = try answer(
            to: GenerateRandomCall(byteCount: byteCount), GenerateRandomCall.answer)
        try check(random.count, asked: byteCount)
        return random
    }

    /// A service other than ours may have no default key: then the user learns what to name.
    func naming<R: ~Copyable>(
        _ key: KeyName?, _ body: () throws(KeyServiceError) -> R
    ) throws(KeyServiceError) -> R {
        do throws(KeyServiceError) {
            return try body()
        } catch {
            guard case .accountDefault = key, error.code == .notFound else { throw error }
            throw KeyServiceError(
                .notFound,
                "the key service \(endpoint) has no default key (\(KeyName.defaultAlias)); name "
                    + "one by its ARN")
        }
    }

    private func check(_ found: KeyARN, answers asked: KeyName?) throws(KeyServiceError) {
        let fits =
            switch asked {
            case .id(let id): found.key == id
            case .arn(let arn): found == arn
            default: true
            }
        guard fits else {
            throw KeyServiceError(
                .internal, "\(endpoint) answered about key \(found), which was not asked for")
        }
    }

    private func check(_ count: Int, asked: Int) throws(KeyServiceError) {
        guard count == asked else {
            throw KeyServiceError(
                .internal, "\(endpoint) answered with \(count) bytes; \(asked) were asked for")
        }
    }
}
