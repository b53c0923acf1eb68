package import OKMS

package struct TagResourceCall: WireCall {
    package static let action = KeyAction.tagResource
    let key: KeyName
    let tags: [KeyTag]

    package init(_ key: KeyName, tags: [KeyTag]) {
        self.key = key
        self.tags = tags
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
        tags = try members.required(try members.tags(), Member.tags)
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        writer.put(Member.tags, tags) { $0.write(to: &$1) }
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.tagResource(key, tags: tags)
        return .nothing
    }
}
