package import OKMS

package struct EnableKeyRotationCall: WireCall {
    package static let action = KeyAction.enableKeyRotation
    let key: KeyName
    let periodDays: Int?

    package init(_ key: KeyName, periodDays: Int?) {
        self.key = key
        self.periodDays = periodDays
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
        periodDays = try members.integer(Member.rotationPeriodInDays)
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        writer.put(Member.rotationPeriodInDays, periodDays)
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        try service.enableKeyRotation(key, periodDays: periodDays)
        return .nothing
    }
}
