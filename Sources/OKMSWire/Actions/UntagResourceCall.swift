package import OKMS

package struct UntagResourceCall: WireCall {
    package static let action = KeyAction.untagResource
    let key: KeyName
    let tagKeys: [String]

    package init(_ key: KeyName, keys: [String]) {
        self.key = key
        tagKeys = keys
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
        tagKeys = try members.required(try members.texts(Member.tagKeys), Member.tagKeys)
        for (index, tagKey) in tagKeys.enumerated() {
            try members.check(
                tagKey.unicodeScalars.count, of: "\(Member.tagKeys).\(index + 1).member",
                isWithin: 1...128, showing: tagKey)
        }
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        writer.put(Member.tagKeys, tagKeys)
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.untagResource(key, keys: tagKeys)
        return .nothing
    }
}
