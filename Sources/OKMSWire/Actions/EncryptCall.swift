package import LibCrypto
package import OKMS

package struct EncryptCall: WireCall {
    package static let action = KeyAction.encrypt
    let key: KeyName
    let plaintext: HeldSecret
    let context: EncryptionContext
    let dryRun: Bool

    package init(
        _ plaintext: consuming SecretBytes, under key: KeyName, context: EncryptionContext,
        dryRun: Bool
    ) {
        self.key = key
        self.plaintext = HeldSecret(plaintext)
        self.context = context
        self.dryRun = dryRun
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        plaintext = HeldSecret(
            try members.required(
                try members.secret(Member.plaintext, in: body, lengths: 1...4096),
                Member.plaintext))
        context = try members.context(Member.encryptionContext)
        dryRun = try members.dryRun()
        key = try members.requiredKeyName()
        try members.refuseAlgorithm(Member.encryptionAlgorithm)
        try members.refuseGrantTokens()
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        writer.put(Member.encryptionContext, context)
        if dryRun { writer.put(Member.dryRun, true) }
        return writer.body(endingWith: Member.plaintext, plaintext.bytes)
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let wrapped = try service.encrypt(
            plaintext.bytes, under: key, context: context, dryRun: dryRun)
        var writer = MessageWriter()
        wrapped.write(to: &writer)
        writer.put(Member.encryptionAlgorithm, MessageReader.algorithm)
        return writer.body
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> WrappedDataKey {
        var members = try MessageReader(body)
        return try WrappedDataKey(&members)
    }
}

extension WrappedDataKey {
    func write(to writer: inout MessageWriter) {
        writer.put(Member.keyID, key.description)
        writer.put(Member.ciphertextBlob, blob: ciphertext)
    }

    init(_ members: inout MessageReader) throws(KeyServiceError) {
        self.init(
            key: try members.keyARN(), ciphertext: try members.requiredCiphertext())
    }
}
