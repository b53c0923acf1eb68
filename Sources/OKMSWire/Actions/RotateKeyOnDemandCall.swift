package import OKMS

package struct RotateKeyOnDemandCall: KeyCall {
    package static let action = KeyAction.rotateKeyOnDemand
    package let key: KeyName

    package init(_ key: KeyName) { self.key = key }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let arn = try service.rotateKeyOnDemand(key)
        var writer = MessageWriter()
        writer.put(Member.keyID, arn.description)
        return writer.body
    }

    package static func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> KeyARN {
        var members = try MessageReader(body)
        return try members.keyARN()
    }
}
