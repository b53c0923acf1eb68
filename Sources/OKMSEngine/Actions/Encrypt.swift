package import LibCrypto
package import OKMS

extension AccountService {
    package func encrypt(
        _ plaintext: borrowing SecretBytes, under key: KeyName, context: EncryptionContext,
        dryRun: Bool
    ) throws(KeyServiceError) -> WrappedDataKey {
        try perform(.encrypt) { call in
            try check(
                length: plaintext.count, of: "plaintext",
                isWithin: CiphertextBlob.plaintextByteCounts)
            try check(context)
            call.context = context
            let material = try materialForEncryption(under: key, dryRun: dryRun, for: call) {
                call.key = $0
            }
            return try seal(plaintext, with: material, context: context)
        }
    }

    /// The current material of a key that may encrypt, with one encryption spent.
    ///
    /// On a dry run this is where it ends: nothing is left that could go wrong but the module.
    func materialForEncryption(
        under name: KeyName, dryRun: Bool, for call: Call, noting note: (KeyARN) -> Void
    ) throws -> KeyMaterial {
        let key = try find(name, for: call)
        note(arn(of: key.id))
        try checkUsable(key)
        guard let material = key.material else {
            throw StoreError.damaged(
                path: engine.store.path, reason: "\(arn(of: key.id)) has no material")
        }
        let limit = engine.settings.encryptionsPerMaterial
        let isWithinBudget =
            if dryRun {
                try engine.store.read { db in
                    try EncryptionTally.isBelow(limit, db, under: material)
                }
            } else {
                try engine.budget.spend(on: material) { count in
                    try engine.store.write { db in
                        try EncryptionTally.grant(db, upTo: count, under: material, limit: limit)
                    }
                }
            }
        guard isWithinBudget else {
            throw KeyServiceError(
                .invalidState,
                "\(arn(of: key.id)) has encrypted as often as is safe; it still decrypts, but "
                    + "rotate it or encrypt under another key")
        }
        if dryRun { throw KeyServiceError.dryRun }
        return material
    }

    func seal(
        _ plaintext: borrowing SecretBytes, with material: KeyMaterial, context: EncryptionContext
    ) throws(HSMError) -> WrappedDataKey {
        let header = CiphertextBlob.Header(
            key: material.key, version: material.version, ivByteCount: engine.hsm.ivByteCount)
        let additionalData = header.additionalData(account: account, context: context)
        let sealed = try engine.hsm.encrypt(
            plaintext, with: material, additionalData: additionalData.span)
        guard sealed.iv.count == header.ivByteCount,
            sealed.ciphertext.count == plaintext.count,
            sealed.tag.count == CiphertextBlob.tagByteCount
        else { throw .failed("it sealed to other lengths than AES-GCM gives") }
        let blob = CiphertextBlob(header: header, sealed: sealed)
        return WrappedDataKey(key: arn(of: material.key), ciphertext: blob.bytes)
    }
}
