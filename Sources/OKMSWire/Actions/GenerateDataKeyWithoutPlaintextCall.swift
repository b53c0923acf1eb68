package import OKMS

package struct GenerateDataKeyWithoutPlaintextCall: WireCall {
    package static let action = KeyAction.generateDataKeyWithoutPlaintext
    let key: KeyName
    let byteCount: Int
    let context: EncryptionContext
    let dryRun: Bool

    package init(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) {
        self.key = key
        self.byteCount = byteCount
        self.context = context
        self.dryRun = dryRun
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
        byteCount = try members.dataKeyByteCount()
        context = try members.context(Member.encryptionContext)
        try members.refuseGrantTokens()
        dryRun = try members.dryRun()
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        writer.put(Member.numberOfBytes, byteCount)
        writer.put(Member.encryptionContext, context)
        if dryRun { writer.put(Member.dryRun, true) }
        return writer.body
    }

    package var subject: CallSubject { CallSubject(key: key, context: context) }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> WireAnswer {
        let wrapped = try service.generateDataKeyWithoutPlaintext(
            byteCount: byteCount, under: key, context: context, dryRun: dryRun)
        var writer = MessageWriter()
        wrapped.write(to: &writer)
        return WireAnswer(writer.body, key: wrapped.key)
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> WrappedDataKey {
        try EncryptCall.answer(body)
    }
}
