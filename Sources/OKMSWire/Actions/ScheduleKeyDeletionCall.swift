package import OKMS

package struct ScheduleKeyDeletionCall: WireCall {
    package static let action = KeyAction.scheduleKeyDeletion
    let key: KeyName
    let windowDays: Int?

    package init(_ key: KeyName, windowDays: Int?) {
        self.key = key
        self.windowDays = windowDays
    }

    package init(_ members: inout MessageReader, _ body: Span<UInt8>) throws(KeyServiceError) {
        key = try members.requiredKeyName()
        windowDays = try members.integer(Member.pendingWindowInDays)
    }

    package func request(naming keys: KeySpelling) -> MessageBody {
        var writer = MessageWriter()
        writer.put(Member.keyID, keys.text(of: key))
        writer.put(Member.pendingWindowInDays, windowDays)
        return writer.body
    }

    package func perform(
        on service: any KeyManagementService
    ) throws(KeyServiceError) -> MessageBody {
        let scheduled = try service.scheduleKeyDeletion(key, windowDays: windowDays)
        var writer = MessageWriter()
        writer.put(Member.keyID, scheduled.key.description)
        writer.put(Member.deletionDate, time: scheduled.deletionDate)
        writer.put(Member.keyState, KeyState.pendingDeletion.rawValue)
        writer.put(Member.pendingWindowInDays, scheduled.windowDays)
        return writer.body
    }

    /// A service that does not tell the window, as Outscale's page has it, has done as it was asked.
    package func answer(_ body: Span<UInt8>) throws(KeyServiceError) -> ScheduledDeletion {
        var members = try MessageReader(body)
        return ScheduledDeletion(
            key: try members.keyARN(),
            deletionDate: try members.required(
                try members.time(Member.deletionDate), Member.deletionDate),
            windowDays: try members.integer(Member.pendingWindowInDays) ?? windowDays ?? 30)
    }
}
