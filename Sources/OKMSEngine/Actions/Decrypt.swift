import LibCrypto
package import OKMS

extension OKMSEngine {
    package func decrypt(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey {
        try check(context)
        let blob = try parse(ciphertext)
        let material = try materialForDecryption(of: blob, under: key)
        let additionalData = blob.header.additionalData(account: account, context: context)
        do throws(HSMError) {
            return DataKey(
                plaintext: try hsm.decrypt(
                    blob.sealed, with: material, additionalData: additionalData.span),
                wrapped: WrappedDataKey(key: arn(of: material.key), ciphertext: ciphertext))
        } catch {
            throw answer(to: error)
        }
    }

    private func parse(_ ciphertext: [UInt8]) throws(KeyServiceError) -> CiphertextBlob {
        do throws(CiphertextBlob.Invalid) {
            return try CiphertextBlob(ciphertext)
        } catch .encryptionSDKMessage {
            throw KeyServiceError(
                .invalidCiphertext,
                "this is a message of the AWS Encryption SDK, not a ciphertext blob; decrypt it "
                    + "with a tool that reads such messages")
        } catch {
            try check(
                length: ciphertext.count, of: "ciphertextBlob",
                isWithin: 1...Self.maximumCiphertextByteCount)
            throw .cannotDecrypt
        }
    }

    /// The material a blob was made with, if the key may decrypt and is the one that was named.
    private func materialForDecryption(
        of blob: CiphertextBlob, under name: KeyName?
    ) throws(KeyServiceError) -> KeyMaterial {
        try answering {
            let header = blob.header
            let (named, made) = try store.read { db in
                (
                    try name.map { try find($0, in: db) },
                    try StoredKey.fetch(
                        db, account: account, id: header.key, version: header.version)
                )
            }
            if let named, named.id != header.key {
                throw KeyServiceError(
                    .incorrectKey,
                    "The key ID in the request does not identify a CMK that can perform this "
                        + "operation: the ciphertext was made under another key.")
            }
            guard let made else {
                throw KeyServiceError(
                    .accessDenied,
                    "The ciphertext refers to a customer master key that does not exist, does not "
                        + "exist in this region, or you are not allowed to access.")
            }
            try checkUsable(made)
            guard let material = made.material else { throw KeyServiceError.cannotDecrypt }
            return material
        }
    }
}

extension KeyServiceError {
    /// One sentence for everything that fails to authenticate.
    static let cannotDecrypt = KeyServiceError(
        .invalidCiphertext, "wrong key, encryption context, or damaged ciphertext")
}
