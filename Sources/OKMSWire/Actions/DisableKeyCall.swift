package import OKMS

package struct DisableKeyCall: WireCall {
    package static let action = KeyAction.disableKey
    let key: KeyName

    package init(_ key: KeyName) { self.key = key }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        return writer.body
    }

    package var subject: CallSubject { CallSubject(key: key) }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> WireAnswer {
        try service.disableKey(key)
        return .nothing
    }
}
