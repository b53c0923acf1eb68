import LibCrypto
package import OKMS

extension AccountService {
    package func decrypt(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext, dryRun: Bool
    ) throws(KeyServiceError) -> DataKey {
        try perform(.decrypt) { call in
            try check(context)
            call.context = context
            let blob = try parse(ciphertext)
            let material = try materialForDecryption(of: blob, under: key, for: call) {
                call.key = $0
            }
            let plaintext = try open(blob, with: material, context: context)
            if dryRun { throw KeyServiceError.dryRun }
            return DataKey(
                plaintext: plaintext,
                wrapped: WrappedDataKey(key: arn(of: material.key), ciphertext: ciphertext))
        }
    }

    func parse(_ ciphertext: [UInt8]) throws(KeyServiceError) -> CiphertextBlob {
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
    func materialForDecryption(
        of blob: CiphertextBlob, under name: KeyName?, for call: Call,
        noting note: (KeyARN) -> Void
    ) throws -> KeyMaterial {
        let header = blob.header
        let named = try name.map { try find($0, for: call) }
        let made = try engine.lookUp(
            StoredKey.Lookup(account: account, name: .id(header.key), version: header.version),
            asOf: call.generation)
        if let made { note(arn(of: made.id)) }
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

    func open(
        _ blob: CiphertextBlob, with material: KeyMaterial, context: EncryptionContext
    ) throws(HSMError) -> SecretBytes {
        let additionalData = blob.header.additionalData(account: account, context: context)
        return try engine.hsm.decrypt(
            blob.sealed, with: material, additionalData: additionalData.span)
    }
}

extension KeyServiceError {
    static let dryRun = KeyServiceError(
        .dryRunOperation, "the call would have succeeded, but for DryRun")
}
