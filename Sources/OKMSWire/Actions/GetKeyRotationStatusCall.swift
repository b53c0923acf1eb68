package import OKMS

package struct GetKeyRotationStatusCall: KeyCall {
    package static let action = KeyAction.getKeyRotationStatus
    package let key: KeyName

    package init(_ key: KeyName) { self.key = key }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let status = try service.keyRotationStatus(of: key)
        var writer = MessageWriter()
        writer.put(Member.keyID, status.key.description)
        writer.put(Member.keyRotationEnabled, status.isEnabled)
        writer.put(Member.rotationPeriodInDays, status.periodDays)
        writer.put(Member.nextRotationDate, time: status.nextRotation)
        return writer.body
    }

    package static func answer(
        _ body: Span<UInt8>
    ) throws(KeyServiceError) -> KeyRotationStatus {
        var members = try MessageReader(body)
        return KeyRotationStatus(
            key: try members.keyARN(),
            isEnabled: try members.required(
                try members.boolean(Member.keyRotationEnabled), Member.keyRotationEnabled),
            periodDays: try members.integer(Member.rotationPeriodInDays),
            nextRotation: try members.time(Member.nextRotationDate))
    }
}
