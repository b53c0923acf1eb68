/// Appends JSON to bytes, without white space. Keys are ASCII literals of ours.
///
/// A catalog has a line for every file, so its text is made and read by hand: Foundation's coders
/// take longer for a line than packing the file it names.
/// Source: RFC 8259.
struct JSONText {
    private(set) var bytes: [UInt8]
    private var needsComma = false

    /// Goes on behind `bytes`, which is left empty until the text is taken back from here.
    init(after bytes: inout [UInt8]) {
        self.bytes = exchange(&bytes, with: [])
    }

    mutating func object(_ body: (inout JSONText) -> Void) { nest("{", "}", body) }

    mutating func array(_ body: (inout JSONText) -> Void) { nest("[", "]", body) }

    mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func integer(_ value: Int) {
        separate()
        if value >= 0 && value < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
        } else {
            bytes.append(contentsOf: String(value).utf8)
        }
        needsComma = true
    }

    /// A string of UTF-8 bytes. Only what JSON demands is escaped.
    mutating func string(_ text: some Sequence<UInt8>) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(hexDigit(byte >> 4))
                bytes.append(hexDigit(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    mutating func newline() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    private mutating func nest(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONText) -> Void
    ) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

/// Walks through JSON text of a known shape.
///
/// Takes what `JSONText` writes and any other spelling of the same values (white space, `\u` escapes).
struct JSONScanner {
    struct Malformed: Error {}

    private let bytes: [UInt8]
    private(set) var position: Int
    private let end: Int

    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// Calls `body` at the value of each key of an object; it must scan that value.
    mutating func object(
        _ body: (String, inout JSONScanner) throws(Malformed) -> Void
    ) throws(Malformed) {
        try expect("{")
        if skip("}") { return }
        repeat {
            let key = String(decoding: try string(), as: UTF8.self)
            try expect(":")
            try body(key, &self)
        } while skip(",")
        try expect("}")
    }

    mutating func array(_ body: (inout JSONScanner) throws(Malformed) -> Void) throws(Malformed) {
        try expect("[")
        if skip("]") { return }
        repeat { try body(&self) } while skip(",")
        try expect("]")
    }

    mutating func integer() throws(Malformed) -> Int {
        skipSpace()
        let isNegative = skip("-")
        var value = 0
        let first = position
        while position < end, 0x30...0x39 ~= bytes[position] {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(bytes[position] - 0x30))
            guard !overflow, !carry else { throw Malformed() }
            value = sum
            position += 1
        }
        let digits = position - first
        guard digits == 1 || digits > 1 && bytes[first] != UInt8(ascii: "0") else {
            throw Malformed()
        }
        return isNegative ? -value : value
    }

    mutating func string() throws(Malformed) -> [UInt8] {
        try expect("\"")
        let start = position
        var isASCII = true
        while position < end {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                let text = Array(bytes[start..<position - 1])
                return isASCII ? text : try valid(text)
            }
            if byte == UInt8(ascii: "\\") { return try valid(try escaped(from: start)) }
            guard byte >= 0x20 else { throw Malformed() }
            if byte >= 0x80 { isASCII = false }
            position += 1
        }
        throw Malformed()
    }

    private func valid(_ text: [UInt8]) throws(Malformed) -> [UInt8] {
        guard String(validating: text, as: UTF8.self) != nil else { throw Malformed() }
        return text
    }

    /// Nothing but white space is left.
    mutating func finish() throws(Malformed) {
        skipSpace()
        guard position == end else { throw Malformed() }
    }

    private mutating func escaped(from start: Int) throws(Malformed) -> [UInt8] {
        var text = Array(bytes[start..<position])
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return text }
            guard byte == UInt8(ascii: "\\") else {
                guard byte >= 0x20 else { throw Malformed() }
                text.append(byte)
                continue
            }
            guard position < end else { break }
            let escape = bytes[position]
            position += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
            case UInt8(ascii: "b"): text.append(8)
            case UInt8(ascii: "f"): text.append(12)
            case UInt8(ascii: "n"): text.append(10)
            case UInt8(ascii: "r"): text.append(13)
            case UInt8(ascii: "t"): text.append(9)
            case UInt8(ascii: "u"): text += String(try scalar()).utf8
            default: throw Malformed()
            }
        }
        throw Malformed()
    }

    private mutating func scalar() throws(Malformed) -> Unicode.Scalar {
        var unit = try codeUnit()
        if 0xd800..<0xdc00 ~= unit {
            guard end - position >= 2, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw Malformed() }
            position += 2
            let low = try codeUnit()
            guard 0xdc00..<0xe000 ~= low else { throw Malformed() }
            unit = 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(unit) else { throw Malformed() }
        return scalar
    }

    private mutating func codeUnit() throws(Malformed) -> UInt32 {
        guard end - position >= 4 else { throw Malformed() }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw Malformed()
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }

    private mutating func expect(_ scalar: Unicode.Scalar) throws(Malformed) {
        guard skip(scalar) else { throw Malformed() }
    }

    /// Steps over a character and the white space before it, if it is there.
    mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < end, bytes[position] == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }
}
