/// Whether and when a key gets new material by itself.
package struct KeyRotationStatus: Hashable, Sendable {
    package let key: KeyARN
    package let isEnabled: Bool
    /// Only while enabled.
    package let periodDays: Int?
    /// Seconds since 1970; only while enabled.
    package let nextRotation: Double?

    package init(key: KeyARN, isEnabled: Bool, periodDays: Int?, nextRotation: Double?) {
        self.key = key
        self.isEnabled = isEnabled
        self.periodDays = periodDays
        self.nextRotation = nextRotation
    }
}

/// One rotation of a key that has happened.
package struct KeyRotation: Hashable, Sendable {
    package enum Cause: String, Sendable {
        case automatic = "AUTOMATIC"
        case onDemand = "ON_DEMAND"
    }

    package let key: KeyARN
    /// Seconds since 1970.
    package let date: Double
    package let cause: Cause
    /// Names the material that came into use: 64 hexadecimal digits.
    package let materialID: String

    package init(key: KeyARN, date: Double, cause: Cause, materialID: String) {
        self.key = key
        self.date = date
        self.cause = cause
        self.materialID = materialID
    }
}
