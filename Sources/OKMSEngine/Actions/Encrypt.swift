package import LibCrypto
package import OKMS

extension OKMSEngine {
    package func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyName, context: EncryptionContext,
        dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey {
        try check(
            length: plaintext.count, of: "plaintext", isWithin: CiphertextBlob.plaintextByteCounts)
        try check(context)
        let material = try materialForEncryption(under: key)
        return try seal(plaintext, with: material, context: context)
    }

    /// The current material of a key that may encrypt, with one encryption spent.
    func materialForEncryption(under name: KeyName) throws(KeyServiceError) -> KeyMaterial {
        try answering {
            let key = try store.read { try find(name, in: $0) }
            try checkUsable(key)
            guard let material = key.material else {
                throw StoreError.damaged(
                    path: store.path, reason: "\(arn(of: key.id)) has no material")
            }
            let isWithinBudget = try budget.spend(on: material) { count in
                try store.write { db in
                    try EncryptionTally.grant(
                        db, upTo: count, under: material, limit: settings.encryptionsPerMaterial)
                }
            }
            guard isWithinBudget else {
                throw KeyServiceError(
                    .invalidState,
                    "\(arn(of: key.id)) has encrypted as often as is safe; it still decrypts, but "
                        + "encrypt under a new key")
            }
            return material
        }
    }

    func seal(
        _ plaintext: borrowing SecretBytes, with material: KeyMaterial, context: EncryptionContext
    ) throws(KeyServiceError) -> WrappedDataKey {
        let header = CiphertextBlob.Header(
            key: material.key, version: material.version, ivByteCount: hsm.ivByteCount)
        let additionalData = header.additionalData(account: account, context: context)
        do throws(HSMError) {
            let sealed = try hsm.encrypt(
                plaintext, with: material, additionalData: additionalData.span)
            guard sealed.iv.count == header.ivByteCount,
                sealed.ciphertext.count == plaintext.count,
                sealed.tag.count == CiphertextBlob.tagByteCount
            else { throw .failed("it sealed to other lengths than AES-GCM gives") }
            let blob = CiphertextBlob(header: header, sealed: sealed)
            return WrappedDataKey(key: arn(of: material.key), ciphertext: blob.bytes)
        } catch {
            throw answer(to: error)
        }
    }
}
