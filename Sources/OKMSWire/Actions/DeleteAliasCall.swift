package import OKMS

package struct DeleteAliasCall: WireCall {
    package static let action = KeyAction.deleteAlias
    let alias: AliasName

    package init(_ alias: AliasName) { self.alias = alias }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        alias = try members.aliasName()
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.aliasName, alias.description)
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.deleteAlias(alias)
        return .nothing
    }
}
