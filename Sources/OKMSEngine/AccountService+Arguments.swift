import OKMS

/// What arguments must be like, in the protocol's words.
extension AccountService {
    static let maximumContextByteCount = 8192
    static let maximumDescriptionLength = 8192
    static let dataKeyByteCounts = 1...1024
    static let deletionWindows = 7...30
    static let rotationPeriods = 90...2560
    static let maximumTagCount = 50
    static let maximumCiphertextByteCount = 6144

    /// Where it stays out of the record, it is too long for one.
    func check(_ context: EncryptionContext) throws(KeyServiceError) {
        let count = context.canonicalBytes.count
        guard count <= Self.maximumContextByteCount else {
            throw KeyServiceError(
                .validation,
                "the encryption context has \(count) bytes in canonical form; at most "
                    + "\(Self.maximumContextByteCount) are allowed")
        }
    }

    func check(description: String) throws(KeyServiceError) {
        try check(
            length: description.unicodeScalars.count, of: "description",
            isWithin: 0...Self.maximumDescriptionLength)
        guard !description.utf8.contains(0) else {
            throw KeyServiceError(.validation, "a description holds no NUL character")
        }
    }

    func check(
        _ value: Int, _ member: String, isWithin range: ClosedRange<Int>
    ) throws(KeyServiceError) {
        if value < range.lowerBound {
            throw .violated(
                member, "\(value)", "value greater than or equal to \(range.lowerBound)")
        }
        if value > range.upperBound {
            throw .violated(member, "\(value)", "value less than or equal to \(range.upperBound)")
        }
    }

    /// The value stays out of the message: it is secret, or too long to be of use.
    func check(
        length: Int, of member: String, isWithin range: ClosedRange<Int>
    ) throws(KeyServiceError) {
        if length < range.lowerBound {
            throw .violated(
                member, "(\(length) long)",
                "length greater than or equal to \(range.lowerBound)")
        }
        if length > range.upperBound {
            throw .violated(
                member, "(\(length) long)", "length less than or equal to \(range.upperBound)")
        }
    }
}

extension KeyServiceError {
    fileprivate static func violated(
        _ member: String, _ value: String, _ rule: String
    ) -> KeyServiceError {
        KeyServiceError(
            .validation,
            "1 validation error detected: Value '\(value)' at '\(member)' failed to satisfy "
                + "constraint: Member must have \(rule)")
    }
}
