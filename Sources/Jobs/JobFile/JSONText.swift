/// JSON written by hand, so that keys keep their order.
package indirect enum JSONText {
    case string(String)
    case number(Int)
    case boolean(Bool)
    case list([JSONText])
    case object([(String, JSONText)])

    /// Two spaces a level; lists of single values on one line.
    package func text(indent: Int = 0) -> String {
        let inner = String(repeating: "  ", count: indent + 1)
        let outer = String(repeating: "  ", count: indent)
        switch self {
        case .string(let text): return Self.quoted(text)
        case .number(let number): return "\(number)"
        case .boolean(let value): return "\(value)"
        case .list(let items) where items.allSatisfy(\.isSingle):
            return "[" + items.map { $0.text() }.joined(separator: ", ") + "]"
        case .list(let items):
            let lines = items.map { inner + $0.text(indent: indent + 1) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members) where members.isEmpty:
            return "{}"
        case .object(let members):
            let lines = members.map { key, value in
                "\(inner)\(Self.quoted(key)): \(value.text(indent: indent + 1))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        }
    }

    private var isSingle: Bool {
        switch self {
        case .string, .number, .boolean: true
        case .list, .object: false
        }
    }

    /// In double quotes, as JSON and YAML both read it: ASCII and what is printable beyond.
    package static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case _ where needsEscape(scalar):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// Controls, line separators, byte order mark, non-characters: all below U+10000.
    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f...0xa0, 0x2028...0x2029, 0xfeff, 0xfffe...0xffff: true
        default: false
        }
    }
}
