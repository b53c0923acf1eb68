package import OKMS

package struct DescribeKeyCall: KeyCall {
    package static let action = KeyAction.describeKey
    package let key: KeyName

    package init(_ key: KeyName) { self.key = key }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
        try members.refuseGrantTokens()
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let metadata = try service.describeKey(key)
        var writer = MessageWriter()
        writer.putObject(Member.keyMetadata) { metadata.write(to: &$0) }
        return writer.body
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> KeyMetadata {
        try CreateKeyCall.answer(body)
    }
}
