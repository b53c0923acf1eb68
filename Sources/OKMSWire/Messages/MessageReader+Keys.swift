import LibCrypto
import OKMS

/// What the members of this API hold.
extension MessageReader {
    /// A key as a client names it: id, ARN or alias. Read after what can be of the wrong type or no
    /// base64: a name that names nothing is told of a message that makes sense.
    mutating func keyName(_ member: String) throws(KeyServiceError) -> KeyName? {
        guard let text = try text(member, lengths: 1...2048) else { return nil }
        // `default` is short for the default key's alias in job files, not on the wire.
        guard text != "default" else {
            throw KeyServiceError(.notFound, "Invalid keyId '\(text)'")
        }
        return try KeyName(text)
    }

    mutating func requiredKeyName(
        _ member: String = Member.keyID
    ) throws(KeyServiceError) -> KeyName {
        try required(try keyName(member), member)
    }

    /// A key as a service names it.
    mutating func keyARN(_ member: String = Member.keyID) throws(KeyServiceError) -> KeyARN {
        let text = try required(try text(member), member)
        guard let arn = KeyARN(text) else {
            throw KeyServiceError(.serialization, "Member '\(member)' is not the ARN of a key.")
        }
        return arn
    }

    mutating func aliasName(_ member: String = Member.aliasName) throws(KeyServiceError)
        -> AliasName
    {
        let text = try required(try text(member, lengths: 1...256), member)
        guard let name = AliasName(text) else {
            throw KeyServiceError(
                .invalidAliasName,
                "Alias must start with the prefix \"alias/\" and hold letters, digits, '/', '_' and "
                    + "'-' only")
        }
        return name
    }

    mutating func limit() throws(KeyServiceError) -> Int? {
        let limit = try integer(Member.limit)
        if let limit { try check(limit, Member.limit, isWithin: 1...1000) }
        return limit
    }

    mutating func marker() throws(KeyServiceError) -> String? {
        try text(Member.marker, lengths: 1...1024)
    }

    mutating func tags() throws(KeyServiceError) -> [KeyTag]? {
        try objects(Member.tags) { tag throws(KeyServiceError) in
            KeyTag(
                key: try tag.required(
                    try tag.text(Member.tagKey, lengths: 1...128), Member.tagKey),
                value: try tag.required(
                    try tag.text(Member.tagValue, lengths: 0...256), Member.tagValue))
        }
    }

    mutating func requiredCiphertext() throws(KeyServiceError) -> [UInt8] {
        try required(
            try blob(Member.ciphertextBlob, lengths: 1...6144), Member.ciphertextBlob)
    }

    // MARK: what is not served

    /// A member with a meaning that this API does not offer is an error, never ignored.
    mutating func refuse(_ members: [String]) throws(KeyServiceError) {
        for member in members where isMeant(member) {
            throw KeyServiceError(
                .unsupportedOperation, "This service does not offer '\(member)'.")
        }
    }

    mutating func refuse(_ member: String, unless allowed: String...) throws(KeyServiceError) {
        guard let text = try text(member), !allowed.contains(text) else { return }
        throw KeyServiceError(
            .unsupportedOperation,
            "This service offers '\(allowed[0])' as '\(member)' and nothing else.")
    }

    mutating func refuseGrantTokens() throws(KeyServiceError) {
        let tokens = try texts("GrantTokens") ?? []
        try check(tokens.count, of: "GrantTokens", isWithin: 0...10, showing: nil)
        guard tokens.isEmpty else {
            throw KeyServiceError(
                .invalidGrantToken, "This service knows no grants, hence no grant tokens.")
        }
    }

    mutating func refuseAlgorithm(_ members: String...) throws(KeyServiceError) {
        for member in members {
            guard let text = try text(member), text != Self.algorithm else { continue }
            throw KeyServiceError(
                .invalidKeyUsage,
                "Keys of this service encrypt with \(Self.algorithm) only, not as '\(member)' asks."
            )
        }
    }

    mutating func dryRun() throws(KeyServiceError) -> Bool { try boolean(Member.dryRun) ?? false }

    static let algorithm = "SYMMETRIC_DEFAULT"
}
