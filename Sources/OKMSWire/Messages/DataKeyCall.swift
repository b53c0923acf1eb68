package import OKMS

/// A call that asks for a new data key.
package protocol DataKeyCall: WireCall {
    var key: KeyName { get }
    var byteCount: Int { get }
    var context: EncryptionContext { get }
    var dryRun: Bool { get }
}

extension DataKeyCall {
    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        writer.put(Member.numberOfBytes, byteCount)
        writer.put(Member.encryptionContext, context)
        if dryRun { writer.put(Member.dryRun, true) }
        return writer.body
    }
}
