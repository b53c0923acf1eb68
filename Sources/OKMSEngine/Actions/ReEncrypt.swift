package import OKMS

extension AccountService {
    package func reEncrypt(
        _ ciphertext: [UInt8], from source: KeyName?, context sourceContext: EncryptionContext,
        under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> ReEncryptedDataKey {
        try perform(.reEncrypt) { call in
            try check(sourceContext)
            call.sourceContext = sourceContext
            try check(context)
            call.context = context
            let blob = try parse(ciphertext)
            let old = try materialForDecryption(of: blob, under: source, for: call) {
                call.sourceKey = $0
            }
            // The destination may refuse as well: nothing is spent on it before the source opens.
            let destination = try find(key, for: call)
            call.key = arn(of: destination.id)
            try checkUsable(destination)
            let plaintext = try open(blob, with: old, context: sourceContext)
            let new = try materialForEncryption(
                under: .id(destination.id), dryRun: dryRun, for: call
            ) { call.key = $0 }
            return ReEncryptedDataKey(
                source: arn(of: old.key),
                wrapped: try seal(plaintext, with: new, context: context))
        }
    }
}
