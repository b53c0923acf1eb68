/// How a caller names a customer master key.
package enum KeyName: Hashable, Sendable {
    case id(KeyID)
    case arn(KeyARN)
    case alias(AliasName)
    case aliasARN(AliasARN)
    /// The account's default key, `alias/okms/default`; `default` for short.
    case accountDefault

    package static let defaultAlias = "alias/okms/default"

    /// Parses what a user wrote.
    ///
    /// Throws `invalidARN` for a malformed ARN and `notFound` for anything else that names no key.
    package init(_ text: String) throws(KeyServiceError) {
        if text == "default" || text == Self.defaultAlias {
            self = .accountDefault
        } else if let id = KeyID(text) {
            self = .id(id)
        } else if let arn = KeyARN(text) {
            self = .arn(arn)
        } else if let arn = AliasARN(text) {
            self = .aliasARN(arn)
        } else if let alias = AliasName(text) {
            self = .alias(alias)
        } else if text.hasPrefix("arn:") || text.hasPrefix("orn:") {
            throw KeyServiceError(.invalidARN, "'\(text)' is not the ARN of a key or an alias")
        } else {
            throw KeyServiceError(.notFound, "Invalid keyId '\(text)'")
        }
    }
}

extension KeyName: CustomStringConvertible {
    package var description: String {
        switch self {
        case .id(let id): id.description
        case .arn(let arn): arn.description
        case .alias(let alias): alias.description
        case .aliasARN(let arn): arn.description
        case .accountDefault: Self.defaultAlias
        }
    }
}
