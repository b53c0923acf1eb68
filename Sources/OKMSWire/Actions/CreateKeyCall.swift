package import OKMS

package struct CreateKeyCall: WireCall {
    package static let action = KeyAction.createKey
    let description: String
    let tags: [KeyTag]

    package init(description: String, tags: [KeyTag]) {
        self.description = description
        self.tags = tags
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        description = try members.text(Member.description, lengths: 0...8192) ?? ""
        tags = try members.tags() ?? []
        try members.refuse("Origin", unless: "OKMS", "AWS_KMS")
        try members.refuse("KeyUsage", unless: "ENCRYPT_DECRYPT")
        try members.refuse("KeySpec", unless: MessageReader.algorithm)
        try members.refuse("CustomerMasterKeySpec", unless: MessageReader.algorithm)
        try members.refuse(["MultiRegion", "Policy", "CustomKeyStoreId", "XksKeyId"])
        // Means something only beside a policy.
        _ = try members.boolean("BypassPolicyLockoutSafetyCheck")
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.description, description)
        if !tags.isEmpty { writer.put(Member.tags, tags) { $0.write(to: &$1) } }
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let metadata = try service.createKey(description: description, tags: tags)
        var writer = MessageWriter()
        writer.putObject(Member.keyMetadata) { metadata.write(to: &$0) }
        return writer.body
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> KeyMetadata {
        var members = try MessageReader(body)
        let metadata = try members.object(Member.keyMetadata) {
            members throws(KeyServiceError) in try KeyMetadata(&members)
        }
        return try members.required(metadata, Member.keyMetadata)
    }
}

extension KeyTag {
    func write(to writer: inout MessageWriter) {
        writer.put(Member.tagKey, key)
        writer.put(Member.tagValue, value)
    }
}
