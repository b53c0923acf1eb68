package import LibCrypto
package import OKMS

/// What a client of an account signs its requests with: an id that is public, and a secret.
package struct AccessKey: Sendable {
    /// What may be shown of an access key at any time.
    package struct Description: Hashable, Sendable {
        /// Twenty upper-case letters and digits.
        package let id: String
        package let account: AccountID
        package let isActive: Bool
        /// Seconds since 1970.
        package let created: Double
        /// Seconds since 1970; from then on it is of no use.
        package let expires: Double?
        /// Nil: all of them.
        package let allowedActions: Set<KeyAction>?

        package func isUsable(at now: Double) -> Bool {
            isActive && (expires.map { now < $0 } ?? true)
        }
    }

    package static let idByteCount = 20
    package static let secretByteCount = 40

    package let description: Description
    /// 40 ASCII characters.
    package let secret: SecretHolder

    package var id: String { description.id }
    package var account: AccountID { description.account }
    package var isActive: Bool { description.isActive }
    package var expires: Double? { description.expires }
    package var allowedActions: Set<KeyAction>? { description.allowedActions }

    /// Whether requests may be signed with it: it is active, and not expired.
    package func isUsable(at now: Double) -> Bool { description.isUsable(at: now) }
}

/// An access key at the only time that its secret is shown.
package struct NewAccessKey: ~Copyable, Sendable {
    package let description: AccessKey.Description
    /// 40 ASCII characters.
    package let secret: SecretBytes

    package var id: String { description.id }
    package var account: AccountID { description.account }
}
