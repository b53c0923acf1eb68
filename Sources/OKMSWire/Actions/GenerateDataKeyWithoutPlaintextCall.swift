package import OKMS

package struct GenerateDataKeyWithoutPlaintextCall: DataKeyCall {
    package static let action = KeyAction.generateDataKeyWithoutPlaintext
    package let key: KeyName
    package let byteCount: Int
    package let context: EncryptionContext
    package let dryRun: Bool

    package init(
        byteCount: Int, under key: KeyName, context: EncryptionContext, dryRun: Bool
    ) {
        self.key = key
        self.byteCount = byteCount
        self.context = context
        self.dryRun = dryRun
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        byteCount = try members.dataKeyByteCount()
        context = try members.context(Member.encryptionContext)
        dryRun = try members.dryRun()
        key = try members.requiredKeyName()
        try members.refuseGrantTokens()
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let wrapped = try service.generateDataKeyWithoutPlaintext(
            byteCount: byteCount, under: key, context: context, dryRun: dryRun)
        var writer = MessageWriter()
        wrapped.write(to: &writer)
        return writer.body
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> WrappedDataKey {
        try EncryptCall.answer(body)
    }
}
