package import OKMS

package struct ReEncryptCall: WireCall {
    package static let action = KeyAction.reEncrypt
    let ciphertext: [UInt8]
    let source: KeyName?
    let sourceContext: EncryptionContext
    let key: KeyName
    let context: EncryptionContext
    let dryRun: Bool

    package init(
        _ ciphertext: [UInt8], from source: KeyName?, context sourceContext: EncryptionContext,
        under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) {
        self.ciphertext = ciphertext
        self.source = source
        self.sourceContext = sourceContext
        self.key = key
        self.context = context
        self.dryRun = dryRun
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        ciphertext = try members.requiredCiphertext()
        sourceContext = try members.context(Member.sourceContext)
        context = try members.context(Member.destinationContext)
        dryRun = try members.dryRun()
        source = try members.keyName(Member.sourceKeyID)
        key = try members.requiredKeyName(Member.destinationKeyID)
        try members.refuse(["DryRunModifiers"])
        try members.refuseAlgorithm(Member.sourceAlgorithm, Member.destinationAlgorithm)
        try members.refuseGrantTokens()
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.ciphertextBlob, blob: ciphertext)
        writer.put(Member.sourceKeyID, source.map { keys.text(of: $0) })
        writer.put(Member.sourceContext, sourceContext)
        writer.put(Member.destinationKeyID, keys.text(of: key))
        writer.put(Member.destinationContext, context)
        if dryRun { writer.put(Member.dryRun, true) }
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let made = try service.reEncrypt(
            ciphertext, from: source, context: sourceContext, under: key, context: context,
            dryRun: dryRun)
        var writer = MessageWriter()
        made.wrapped.write(to: &writer)
        writer.put(Member.sourceKeyID, made.source.description)
        writer.put(Member.sourceAlgorithm, MessageReader.algorithm)
        writer.put(Member.destinationAlgorithm, MessageReader.algorithm)
        return writer.body
    }

    package static func answer(
        _ body: Span<UInt8>
    ) throws(KeyServiceError) -> ReEncryptedDataKey {
        var members = try MessageReader(body)
        return ReEncryptedDataKey(
            source: try members.keyARN(Member.sourceKeyID), wrapped: try WrappedDataKey(&members))
    }
}
