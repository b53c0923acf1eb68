import LibCrypto
package import OKMS

/// The members of a message, taken one by one. What nobody took was unknown.
///
/// A member that is null is absent. Wrong types and bad base64 are `serialization` errors, violated
/// lengths `validation` errors; both name the member.
package struct MessageReader {
    private var members: [JSONMember]
    /// Where the object stands in the message, as a prefix of names in errors.
    private let place: String

    package init(_ body: Span<UInt8>) throws(KeyServiceError) {
        self.init(
            try JSONReader.object(in: body, secretNames: [Member.plaintext]), place: "")
    }

    private init(_ members: [JSONMember], place: String) {
        self.members = members.filter {
            if case .null = $0.value { false } else { true }
        }
        self.place = place
    }

    /// Names of the members that were not taken.
    package var rest: [String] { members.map(\.name) }

    // MARK: values

    mutating func text(
        _ member: String, lengths: ClosedRange<Int>? = nil
    ) throws(KeyServiceError) -> String? {
        guard let value = take(member) else { return nil }
        guard case .text(let text) = value else { throw wrong(member, value, "a string") }
        if let lengths {
            try check(text.unicodeScalars.count, of: member, isWithin: lengths, showing: text)
        }
        return text
    }

    mutating func integer(_ member: String) throws(KeyServiceError) -> Int? {
        guard let value = take(member) else { return nil }
        switch value {
        case .integer(let integer): return integer
        case .number(let number):
            guard let integer = Int(exactly: number) else {
                throw wrong(member, value, "an integer")
            }
            return integer
        default: throw wrong(member, value, "an integer")
        }
    }

    /// Seconds since 1970.
    mutating func time(_ member: String) throws(KeyServiceError) -> Double? {
        guard let value = take(member) else { return nil }
        switch value {
        case .integer(let integer): return Double(integer)
        case .number(let number): return number
        default: throw wrong(member, value, "a number")
        }
    }

    mutating func boolean(_ member: String) throws(KeyServiceError) -> Bool? {
        guard let value = take(member) else { return nil }
        guard case .boolean(let boolean) = value else { throw wrong(member, value, "a boolean") }
        return boolean
    }

    mutating func blob(
        _ member: String, lengths: ClosedRange<Int>
    ) throws(KeyServiceError) -> [UInt8]? {
        guard let text = try text(member) else { return nil }
        guard let bytes = Base64.decode(text) else { throw Base64.invalid(place + member) }
        try check(bytes.count, of: member, isWithin: lengths, showing: nil)
        return bytes
    }

    /// Decodes the member from the body, which is the one that the reader was made from.
    mutating func secret(
        _ member: String, in body: Span<UInt8>, lengths: ClosedRange<Int>
    ) throws(KeyServiceError) -> SecretBytes? {
        guard let value = take(member) else { return nil }
        guard case .secretText(let range) = value else { throw wrong(member, value, "a string") }
        guard let secret = try Base64.decodeSecret(body, in: range, member: member) else {
            try check(0, of: member, isWithin: lengths, showing: nil)
            return nil
        }
        try check(secret.count, of: member, isWithin: lengths, showing: nil)
        return secret
    }

    /// The empty context where there is none.
    mutating func context(_ member: String) throws(KeyServiceError) -> EncryptionContext {
        guard let value = take(member) else { return .empty }
        guard case .object(let members) = value else { throw wrong(member, value, "an object") }
        var pairs: [(key: [UInt8], value: [UInt8])] = []
        for pair in members {
            guard case .text(let text) = pair.value else {
                throw wrong("\(member).\(pair.name)", pair.value, "a string")
            }
            pairs.append((key: Array(pair.name.utf8), value: Array(text.utf8)))
        }
        do {
            return try EncryptionContext(pairs)
        } catch {
            throw KeyServiceError(
                .validation,
                "1 validation error detected: Value at '\(Self.camel(member))' is too long")
        }
    }

    mutating func texts(_ member: String) throws(KeyServiceError) -> [String]? {
        guard let value = take(member) else { return nil }
        guard case .list(let values) = value else { throw wrong(member, value, "a list") }
        var texts: [String] = []
        for value in values {
            guard case .text(let text) = value else {
                throw wrong("\(member).\(texts.count + 1)", value, "a string")
            }
            texts.append(text)
        }
        return texts
    }

    mutating func objects<Element>(
        _ member: String, _ read: (inout MessageReader) throws(KeyServiceError) -> Element
    ) throws(KeyServiceError) -> [Element]? {
        guard let value = take(member) else { return nil }
        guard case .list(let values) = value else { throw wrong(member, value, "a list") }
        var elements: [Element] = []
        for value in values {
            let name = "\(member).\(elements.count + 1)"
            guard case .object(let members) = value else { throw wrong(name, value, "an object") }
            var reader = MessageReader(members, place: "\(place)\(name).")
            elements.append(try read(&reader))
        }
        return elements
    }

    mutating func object<Value>(
        _ member: String, _ read: (inout MessageReader) throws(KeyServiceError) -> Value
    ) throws(KeyServiceError) -> Value? {
        guard let value = take(member) else { return nil }
        guard case .object(let members) = value else { throw wrong(member, value, "an object") }
        var reader = MessageReader(members, place: "\(place)\(member).")
        return try read(&reader)
    }

    /// Takes a member whatever it is. Whether it was there and not empty, false or zero.
    mutating func isMeant(_ member: String) -> Bool {
        switch take(member) {
        case nil, .null, .boolean(false): false
        case .list(let values): !values.isEmpty
        case .object(let members): !members.isEmpty
        default: true
        }
    }

    // MARK: errors

    func required<Value: ~Copyable>(
        _ value: consuming Value?, _ member: String
    ) throws(KeyServiceError) -> Value {
        guard let value = consume value else {
            throw .violated(Self.camel(place + member), "null", "not be null", isQuoted: false)
        }
        return value
    }

    /// Throws what AWS answers to a length that the model does not allow.
    func check(
        _ length: Int, of member: String, isWithin range: ClosedRange<Int>, showing text: String?
    ) throws(KeyServiceError) {
        let shown =
            text.map { $0.utf8.count <= 256 ? $0 : "(\(length) long)" } ?? "(\(length) long)"
        let name = Self.camel(place + member)
        if length < range.lowerBound {
            throw .violated(
                name, shown, "have length greater than or equal to \(range.lowerBound)")
        }
        if length > range.upperBound {
            throw .violated(name, shown, "have length less than or equal to \(range.upperBound)")
        }
    }

    func check(
        _ number: Int, _ member: String, isWithin range: ClosedRange<Int>
    ) throws(KeyServiceError) {
        let name = Self.camel(place + member)
        if number < range.lowerBound {
            throw .violated(
                name, "\(number)", "have value greater than or equal to \(range.lowerBound)")
        }
        if number > range.upperBound {
            throw .violated(
                name, "\(number)", "have value less than or equal to \(range.upperBound)")
        }
    }

    private mutating func take(_ member: String) -> JSONValue? {
        guard let index = members.firstIndex(where: { $0.name.utf8.elementsEqual(member.utf8) })
        else { return nil }
        return members.remove(at: index).value
    }

    private func wrong(_ member: String, _ value: JSONValue, _ kind: String) -> KeyServiceError {
        KeyServiceError(
            .serialization, "Member '\(place)\(member)' must be \(kind), not \(value.kind).")
    }

    /// As AWS writes names of members in messages.
    static func camel(_ member: String) -> String {
        member.prefix(1).lowercased() + member.dropFirst()
    }
}

extension KeyServiceError {
    static func violated(
        _ member: String, _ value: String, _ rule: String, isQuoted: Bool = true
    ) -> KeyServiceError {
        KeyServiceError(
            .validation,
            "1 validation error detected: Value \(isQuoted ? "'\(value)'" : value) at '\(member)' "
                + "failed to satisfy constraint: Member must \(rule)")
    }
}
