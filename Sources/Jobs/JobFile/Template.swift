/// A text with `${NAME}`, `${NAME:-default}` and `${NAME:?message}` in it; `$${` is a literal `${`.
struct Template {
    enum Part: Equatable {
        case text(String)
        case variable(String, Otherwise)
    }

    /// What happens where the variable has no value, or an empty one.
    enum Otherwise: Equatable {
        case nothing
        case value(String)
        case message(String)
    }

    struct Invalid: Error, Equatable {
        let message: String
        var hint: String?
    }

    let parts: [Part]

    init(_ text: String) throws(Invalid) {
        var parts: [Part] = []
        var literal = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            if rest.starts(with: "$${".unicodeScalars) {
                literal.append(contentsOf: "${".unicodeScalars)
                rest.removeFirst(3)
            } else if rest.starts(with: "${".unicodeScalars) {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Invalid(
                        message: "'${' without '}'", hint: "for a literal '${' write '$${'")
                }
                if !literal.isEmpty { parts.append(.text(String(literal))) }
                literal = String.UnicodeScalarView()
                parts.append(try Self.variable(String(rest[..<end].dropFirst(2))))
                rest = rest[end...].dropFirst()
            } else {
                literal.append(scalar)
                rest.removeFirst()
            }
        }
        if !literal.isEmpty { parts.append(.text(String(literal))) }
        self.parts = parts
    }

    /// What stands between the braces.
    private static func variable(_ inner: String) throws(Invalid) -> Part {
        let scalars = inner.unicodeScalars
        let name = String(scalars.prefix { Variables.isNameScalar($0) })
        let rest = scalars.dropFirst(name.unicodeScalars.count)
        let shown = "${\(inner)}".quoted
        guard Variables.isName(name) else {
            throw Invalid(
                message: "\(shown) names no variable", hint: "for a literal '${' write '$${'")
        }
        guard !inner.contains("${") else {
            throw Invalid(message: "\(shown): a variable cannot stand inside another's default")
        }
        let tail = String(rest.dropFirst(2))
        if rest.isEmpty { return .variable(name, .nothing) }
        if rest.starts(with: ":-".unicodeScalars) { return .variable(name, .value(tail)) }
        if rest.starts(with: ":?".unicodeScalars) { return .variable(name, .message(tail)) }
        let wish = String(rest.drop { $0 == ":" || $0 == "-" || $0 == "?" || $0 == "=" })
        throw Invalid(
            message: "\(shown) is not understood", hint: "for a default write '${\(name):-\(wish)}'"
        )
    }

    /// The text again, with every `${` in it literal.
    static func escaping(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for (index, scalar) in zip(text.unicodeScalars.indices, text.unicodeScalars) {
            if scalar == "$", text.unicodeScalars[index...].starts(with: "${".unicodeScalars) {
                escaped.append("$")
            }
            escaped.append(scalar)
        }
        return String(escaped)
    }
}
