package import OKMS

package struct GenerateDataKeyCall: DataKeyCall {
    package static let action = KeyAction.generateDataKey
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
        try members.refuse(["Recipient"])
        try members.refuseGrantTokens()
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let dataKey = try service.generateDataKey(
            byteCount: byteCount, under: key, context: context, dryRun: dryRun)
        var writer = MessageWriter()
        dataKey.wrapped.write(to: &writer)
        return writer.body(endingWith: Member.plaintext, dataKey.plaintext)
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> DataKey {
        var members = try MessageReader(body)
        let wrapped = try WrappedDataKey(&members)
        let plaintext = try members.required(
            try members.secret(Member.plaintext, in: body, lengths: 1...4096), Member.plaintext)
        return DataKey(plaintext: plaintext, wrapped: wrapped)
    }
}

extension MessageReader {
    /// `KeySpec` or `NumberOfBytes`: one of them, and not both.
    mutating func dataKeyByteCount() throws(KeyServiceError) -> Int {
        let count = try integer(Member.numberOfBytes)
        let spec = try text("KeySpec")
        switch (count, spec) {
        case (let count?, nil):
            try check(count, Member.numberOfBytes, isWithin: 1...1024)
            return count
        case (nil, "AES_256"): return 32
        case (nil, "AES_128"): return 16
        case (nil, let spec?):
            throw .violated(
                "keySpec", String(spec.prefix(64)), "satisfy enum value set: [AES_256, AES_128]")
        default:
            throw KeyServiceError(
                .validation, "Please specify either number of bytes or key spec.")
        }
    }
}
