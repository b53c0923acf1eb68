package import OKMS

package struct UpdateKeyDescriptionCall: WireCall {
    package static let action = KeyAction.updateKeyDescription
    let key: KeyName
    let description: String

    package init(_ key: KeyName, to description: String) {
        self.key = key
        self.description = description
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
        description = try members.required(
            try members.text(Member.description, lengths: 0...8192), Member.description)
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        writer.put(Member.description, description)
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.updateKeyDescription(key, to: description)
        return .nothing
    }
}
