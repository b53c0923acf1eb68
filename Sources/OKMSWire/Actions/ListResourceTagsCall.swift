package import OKMS

package struct ListResourceTagsCall: WireCall {
    package static let action = KeyAction.listResourceTags
    let key: KeyName
    let limit: Int?
    let marker: String?

    package init(_ key: KeyName, limit: Int?, marker: String?) {
        self.key = key
        self.limit = limit
        self.marker = marker
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
        limit = try members.limit()
        marker = try members.marker()
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        writer.put(Member.limit, limit)
        writer.put(Member.marker, marker)
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.listResourceTags(key, limit: limit, marker: marker)
            .answer(Member.tags) { $0.write(to: &$1) }
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> Page<KeyTag> {
        try Page(body, Member.tags) { tag throws(KeyServiceError) in
            KeyTag(
                key: try tag.required(try tag.text(Member.tagKey), Member.tagKey),
                value: try tag.text(Member.tagValue) ?? "")
        }
    }
}
