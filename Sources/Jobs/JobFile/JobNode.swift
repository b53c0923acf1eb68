/// A piece of a job file, with its place: what is left of YAML after reading.
struct JobNode: Sendable {
    enum Kind: Sendable {
        case scalar(Scalar)
        case list([JobNode])
        case map([Entry])
        /// Already reported as an error; fits everything, so that nothing is reported twice.
        case unknown
    }

    struct Scalar: Sendable {
        /// How much the way it is written says about its type.
        enum Style: Sendable {
            /// `5` is a number, `true` a boolean, nothing at all is null.
            case plain
            /// Always text.
            case quoted
            /// From a variable or a setting: whatever is wanted where it stands.
            case free
        }

        var text: String
        var style: Style
        /// The variables that went into it.
        var variables: [String] = []
    }

    struct Entry: Sendable {
        var key: String
        var keyPosition: Position
        var value: JobNode
    }

    var kind: Kind
    var position: Position
}

/// The types of YAML 1.2's core schema that a plain scalar can have.
enum CoreType: String {
    case null
    case boolean
    case integer = "whole number"
    case number
    case text

    /// Source: YAML 1.2.2 §10.3.2.
    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE", "false", "False", "FALSE": self = .boolean
        default: self = Self.ofNumber(text) ?? .text
        }
    }

    private static func ofNumber(_ text: String) -> CoreType? {
        var rest = Substring(text)
        if rest.hasPrefix("0o") || rest.hasPrefix("0x") {
            let radix = rest.hasPrefix("0o") ? 8 : 16
            let digits = rest.dropFirst(2)
            let fits = digits.allSatisfy { ($0.isASCII ? $0.hexDigitValue : nil) ?? 16 < radix }
            return digits.isEmpty || !fits ? nil : .integer
        }
        if [".nan", ".NaN", ".NAN"].contains(text) { return .number }
        if let sign = rest.first, "+-".contains(sign) { rest.removeFirst() }
        if [".inf", ".Inf", ".INF"].contains(String(rest)) { return .number }
        func takeDigits() -> Int {
            let digits = rest.prefix { "0"..."9" ~= $0 }
            rest.removeFirst(digits.count)
            return digits.count
        }
        let whole = takeDigits()
        if rest.isEmpty { return whole > 0 ? .integer : nil }
        if rest.first == "." {
            rest.removeFirst()
            if takeDigits() + whole == 0 { return nil }
        } else if whole == 0 {
            return nil
        }
        if let exponent = rest.first, "eE".contains(exponent) {
            rest.removeFirst()
            if let sign = rest.first, "+-".contains(sign) { rest.removeFirst() }
            if takeDigits() == 0 { return nil }
        }
        return rest.isEmpty ? .number : nil
    }
}

extension JobNode.Scalar {
    /// What the scalar is by itself; free ones are text that fits every type.
    var type: CoreType { style == .plain ? CoreType(plain: text) : .text }

    /// Nil unless it is, or may stand for, a decimal whole number.
    var integer: Int? {
        switch style {
        case .plain: type == .integer ? Int(text) : nil
        case .free: Int(text)
        case .quoted: nil
        }
    }

    var boolean: Bool? {
        guard style == .free || type == .boolean else { return nil }
        return switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }
}

extension JobNode {
    var isUnknown: Bool { if case .unknown = kind { true } else { false } }
    var scalar: Scalar? { if case .scalar(let scalar) = kind { scalar } else { nil } }
    var items: [JobNode]? { if case .list(let items) = kind { items } else { nil } }
    var entries: [Entry]? { if case .map(let entries) = kind { entries } else { nil } }
    var isNull: Bool { scalar.map { $0.style == .plain && $0.type == .null } ?? false }

    subscript(key: String) -> JobNode? { entry(key)?.value }

    func entry(_ key: String) -> Entry? {
        entries?.first { $0.key.utf8.elementsEqual(key.utf8) }
    }

    /// For messages.
    var typeName: String {
        switch kind {
        case .scalar(let scalar) where scalar.type == .null: "nothing"
        case .scalar(let scalar) where scalar.type == .text: "text"
        case .scalar(let scalar): "a \(scalar.type.rawValue)"
        case .list: "a list"
        case .map: "a map"
        case .unknown: "an unknown value"
        }
    }
}
