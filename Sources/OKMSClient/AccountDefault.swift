import OKMS

/// What is known of the account's default key.
enum AccountDefault: Sendable {
    case unknown
    /// The service has no such thing.
    case none
    case key(KeyARN)
}
