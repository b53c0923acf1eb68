/// What a customer master key may be used for right now.
package enum KeyState: String, Sendable {
    case enabled = "Enabled"
    case disabled = "Disabled"
    case pendingDeletion = "PendingDeletion"
}

/// What a service tells about a customer master key.
package struct KeyMetadata: Hashable, Sendable {
    package let arn: KeyARN
    /// Whole and fractional seconds since 1970, UTC.
    package let created: Double
    package let description: String
    package let state: KeyState
    /// Seconds since 1970, only while the deletion is pending.
    package let deletionDate: Double?
    package let isAccountDefault: Bool

    package init(
        arn: KeyARN, created: Double, description: String, state: KeyState,
        deletionDate: Double? = nil, isAccountDefault: Bool
    ) {
        self.arn = arn
        self.created = created
        self.description = description
        self.state = state
        self.deletionDate = deletionDate
        self.isAccountDefault = isAccountDefault
    }
}

/// What is to become of a key whose deletion is scheduled.
package struct ScheduledDeletion: Hashable, Sendable {
    package let key: KeyARN
    /// Seconds since 1970. The key and its material are destroyed from then on.
    package let deletionDate: Double
    package let windowDays: Int

    package init(key: KeyARN, deletionDate: Double, windowDays: Int) {
        self.key = key
        self.deletionDate = deletionDate
        self.windowDays = windowDays
    }
}
