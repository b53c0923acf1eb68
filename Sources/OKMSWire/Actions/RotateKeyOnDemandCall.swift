package import OKMS

package struct RotateKeyOnDemandCall: WireCall {
    package static let action = KeyAction.rotateKeyOnDemand
    let key: KeyName

    package init(_ key: KeyName) { self.key = key }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        return writer.body
    }

    package var subject: CallSubject { CallSubject(key: key) }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> WireAnswer {
        let arn = try service.rotateKeyOnDemand(key)
        var writer = MessageWriter()
        writer.put(Member.keyID, arn.description)
        return WireAnswer(writer.body, key: arn)
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> KeyARN {
        var members = try MessageReader(body)
        return try members.keyARN()
    }
}
