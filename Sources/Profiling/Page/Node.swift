import Foundation

/// A piece of a page: an element of HTML or SVG, or text. Whatever is put into it stays text: there is
/// no way to write markup but by elements.
indirect enum Node: ExpressibleByStringInterpolation {
    case text(String)
    case tag(String, [(String, String)], [Node])

    init(stringLiteral text: String) { self = .text(text) }

    static func element(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [Node] = []
    ) -> Node {
        .tag(name, attributes.map { ($0.key, $0.value) }, children)
    }

    /// As HTML, which is XML too.
    func write(to output: inout String) {
        switch self {
        case .text(let text): output += Self.escaped(text)
        case .tag(let name, let attributes, let children):
            output += "<\(name)"
            for (key, value) in attributes { output += " \(key)=\"\(Self.escaped(value))\"" }
            if children.isEmpty, Self.mayBeEmpty.contains(name) {
                output += "/>\n"
                return
            }
            output += ">"
            for child in children { child.write(to: &output) }
            output += "</\(name)>"
            if Self.endsLine.contains(name) { output += "\n" }
        }
    }

    private static let mayBeEmpty: Set = ["meta", "path", "line", "rect", "circle", "polygon"]
    private static let endsLine: Set = [
        "title", "style", "head", "section", "figure", "g", "text", "tr", "h2", "p", "div", "dd",
    ]

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            // XML has no other controls.
            case "\u{0}"..<" " where scalar != "\n", "\u{7f}"..<"\u{a0}", "\u{fffe}", "\u{ffff}":
                escaped += "\u{fffd}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
