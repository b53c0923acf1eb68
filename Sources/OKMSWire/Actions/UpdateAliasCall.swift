package import OKMS

package struct UpdateAliasCall: WireCall {
    package static let action = KeyAction.updateAlias
    let alias: AliasName
    let key: KeyName

    package init(_ alias: AliasName, to key: KeyName) {
        self.alias = alias
        self.key = key
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        alias = try members.aliasName()
        key = try members.requiredKeyName(Member.targetKeyID)
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.aliasName, alias.description)
        writer.put(Member.targetKeyID, keys.text(of: key))
        return writer.body
    }

    package var subject: CallSubject { CallSubject(key: key, alias: alias) }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> WireAnswer {
        try service.updateAlias(alias, to: key)
        return .nothing
    }
}
