import OKMS

/// Reads one JSON object, strictly: UTF-8 without mark, no name twice in an object, nothing behind it.
///
/// Names are compared by bytes, not as `String` does. Every error is a `serialization` error that
/// says where, and never shows what stands there.
/// Source: RFC 8259.
struct JSONReader {
    static let depthLimit = 16

    /// Members of the outermost object whose text stays in the body.
    private let secretNames: Set<String>
    private var offset = 0
    private var depth = 0

    private init(secretNames: Set<String>) { self.secretNames = secretNames }

    static func object(
        in bytes: Span<UInt8>, secretNames: Set<String>
    ) throws(KeyServiceError) -> [JSONMember] {
        var reader = JSONReader(secretNames: secretNames)
        reader.skipSpace(bytes)
        guard reader.peek(bytes) == UInt8(ascii: "{") else {
            throw KeyServiceError(.serialization, "The body is not a JSON object.")
        }
        let members = try reader.object(bytes)
        reader.skipSpace(bytes)
        guard reader.offset == bytes.count else { throw reader.problem("text behind the object") }
        return members
    }

    private mutating func value(
        _ bytes: Span<UInt8>, staysInBody: Bool = false
    ) throws(KeyServiceError) -> JSONValue {
        switch peek(bytes) {
        case UInt8(ascii: "{"): return .object(try object(bytes))
        case UInt8(ascii: "["): return .list(try list(bytes))
        case UInt8(ascii: "\""):
            if staysInBody { return .secretText(try rawText(bytes)) }
            return .text(try text(bytes))
        case UInt8(ascii: "t"):
            try word("true", bytes)
            return .boolean(true)
        case UInt8(ascii: "f"):
            try word("false", bytes)
            return .boolean(false)
        case UInt8(ascii: "n"):
            try word("null", bytes)
            return .null
        case nil: throw problem("the end of the body")
        default: return try number(bytes)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>) throws(KeyServiceError) -> [JSONMember] {
        let isOutermost = depth == 0
        try descend()
        defer { depth -= 1 }
        var members: [JSONMember] = []
        var names: Set<[UInt8]> = []
        guard try !takesEnd(UInt8(ascii: "}"), bytes) else { return [] }
        while true {
            skipSpace(bytes)
            guard peek(bytes) == UInt8(ascii: "\"") else { throw problem("no name of a member") }
            let name = try text(bytes)
            guard names.insert(Array(name.utf8)).inserted else {
                throw problem("a name that stands twice in one object")
            }
            skipSpace(bytes)
            try take(UInt8(ascii: ":"), bytes)
            skipSpace(bytes)
            let value = try value(
                bytes, staysInBody: isOutermost && secretNames.contains(name))
            members.append(JSONMember(name: name, value: value))
            guard try takesComma(UInt8(ascii: "}"), bytes) else { return members }
        }
    }

    private mutating func list(_ bytes: Span<UInt8>) throws(KeyServiceError) -> [JSONValue] {
        try descend()
        defer { depth -= 1 }
        var values: [JSONValue] = []
        guard try !takesEnd(UInt8(ascii: "]"), bytes) else { return [] }
        while true {
            skipSpace(bytes)
            values.append(try value(bytes))
            guard try takesComma(UInt8(ascii: "]"), bytes) else { return values }
        }
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(KeyServiceError) -> JSONValue {
        let start = offset
        var isInteger = true
        guard let first = peek(bytes), first == UInt8(ascii: "-") || Self.isDigit(first) else {
            throw problem("an unexpected character")
        }
        if peek(bytes) == UInt8(ascii: "-") { offset += 1 }
        if peek(bytes) == UInt8(ascii: "0") { offset += 1 } else { try digits(bytes) }
        if peek(bytes) == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try digits(bytes)
        }
        if let e = peek(bytes), e.asciiLowercase == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            if let sign = peek(bytes), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                offset += 1
            }
            try digits(bytes)
        }
        var literal = ""
        for i in start..<offset { literal.unicodeScalars.append(UnicodeScalar(bytes[i])) }
        if isInteger, let integer = Int(literal) { return .integer(integer) }
        guard let number = Double(literal), number.isFinite else {
            throw problem("a number beyond all measure")
        }
        return .number(number)
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(KeyServiceError) {
        let start = offset
        while let digit = peek(bytes), Self.isDigit(digit) { offset += 1 }
        guard offset > start else { throw problem("no digit of a number") }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    /// A string, checked and unescaped.
    private mutating func text(_ bytes: Span<UInt8>) throws(KeyServiceError) -> String {
        let range = try rawText(bytes)
        var utf8: [UInt8] = []
        utf8.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == UInt8(ascii: "\\") {
                let (scalar, next) = try JSONEscape.read(bytes, at: index)
                utf8 += UTF8.encode(scalar).map { Array($0) } ?? []
                index = next
            } else {
                utf8.append(bytes[index])
                index += 1
            }
        }
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw KeyServiceError(
                .serialization, "The body is no JSON: text that is not UTF-8 at byte \(offset).")
        }
        return text
    }

    /// Where a string stands, without its quotes. Escapes are skipped, not checked.
    private mutating func rawText(_ bytes: Span<UInt8>) throws(KeyServiceError) -> Range<Int> {
        offset += 1
        let start = offset
        while let byte = peek(bytes) {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return start..<(offset - 1)
            case UInt8(ascii: "\\"): offset += 2
            case 0..<0x20: throw problem("a control character in a string")
            default: offset += 1
            }
        }
        throw problem("a string without an end")
    }

    private mutating func word(_ word: String, _ bytes: Span<UInt8>) throws(KeyServiceError) {
        for character in word.utf8 { try take(character, bytes) }
    }

    private mutating func takesEnd(
        _ end: UInt8, _ bytes: Span<UInt8>
    ) throws(KeyServiceError) -> Bool {
        offset += 1
        skipSpace(bytes)
        guard peek(bytes) == end else { return false }
        offset += 1
        return true
    }

    private mutating func takesComma(
        _ end: UInt8, _ bytes: Span<UInt8>
    ) throws(KeyServiceError) -> Bool {
        skipSpace(bytes)
        if peek(bytes) == UInt8(ascii: ",") {
            offset += 1
            return true
        }
        try take(end, bytes)
        return false
    }

    private mutating func take(
        _ character: UInt8, _ bytes: Span<UInt8>
    ) throws(KeyServiceError) {
        guard let next = peek(bytes) else { throw problem("the end of the body") }
        guard next == character else { throw problem("an unexpected character") }
        offset += 1
    }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while let byte = peek(bytes), [0x20, 0x09, 0x0a, 0x0d].contains(byte) { offset += 1 }
    }

    private mutating func descend() throws(KeyServiceError) {
        guard depth < Self.depthLimit else { throw problem("more than \(Self.depthLimit) levels") }
        depth += 1
    }

    private func peek(_ bytes: Span<UInt8>) -> UInt8? {
        offset < bytes.count ? bytes[offset] : nil
    }

    private func problem(_ what: String) -> KeyServiceError {
        KeyServiceError(.serialization, "The body is no JSON: \(what) at byte \(offset).")
    }
}
