package import OKMS

/// A call that has an alias stand for a key.
package protocol AliasTargetCall: WireCall {
    var alias: AliasName { get }
    var key: KeyName { get }

    init(_ alias: AliasName, for key: KeyName)
}

extension AliasTargetCall {
    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        self.init(try members.aliasName(), for: try members.requiredKeyName(Member.targetKeyID))
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.aliasName, alias.description)
        writer.put(Member.targetKeyID, keys.text(of: key))
        return writer.body
    }
}
