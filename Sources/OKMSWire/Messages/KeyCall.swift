package import OKMS

/// A call that names a key and says nothing else.
package protocol KeyCall: WireCall {
    var key: KeyName { get }

    init(_ key: KeyName)
}

extension KeyCall {
    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        self.init(try members.requiredKeyName())
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        return writer.body
    }
}
