package import OKMS

package struct DecryptCall: WireCall {
    package static let action = KeyAction.decrypt
    let ciphertext: [UInt8]
    let key: KeyName?
    let context: EncryptionContext
    let dryRun: Bool

    package init(
        _ ciphertext: [UInt8], under key: KeyName?, context: EncryptionContext, dryRun: Bool
    ) {
        self.ciphertext = ciphertext
        self.key = key
        self.context = context
        self.dryRun = dryRun
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        ciphertext = try members.requiredCiphertext()
        context = try members.context(Member.encryptionContext)
        dryRun = try members.dryRun()
        key = try members.keyName(Member.keyID)
        try members.refuse(["Recipient", "DryRunModifiers"])
        try members.refuseAlgorithm(Member.encryptionAlgorithm)
        try members.refuseGrantTokens()
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.ciphertextBlob, blob: ciphertext)
        writer.put(Member.keyID, key.map { keys.text(of: $0) })
        writer.put(Member.encryptionContext, context)
        if dryRun { writer.put(Member.dryRun, true) }
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let opened = try service.decrypt(
            ciphertext, under: key, context: context, dryRun: dryRun)
        var writer = MessageWriter()
        writer.put(Member.keyID, opened.wrapped.key.description)
        writer.put(Member.encryptionAlgorithm, MessageReader.algorithm)
        return writer.body(endingWith: Member.plaintext, opened.plaintext)
    }

    package func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> DataKey {
        var members = try MessageReader(body)
        let wrapped = WrappedDataKey(key: try members.keyARN(), ciphertext: ciphertext)
        let plaintext = try members.required(
            try members.secret(Member.plaintext, in: body, lengths: 1...4096), Member.plaintext)
        return DataKey(plaintext: plaintext, wrapped: wrapped)
    }
}
