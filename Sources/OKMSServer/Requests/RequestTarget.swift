/// What a request line asks for, taken apart; nothing is decoded.
///
/// In origin form (`/path?query`) or, as sent to proxies, in absolute form (`http://host/path?query`),
/// whose host counts for nothing here.
/// Source: RFC 9112 §3.2.
package struct RequestTarget: Sendable {
    /// `/` where the absolute form has none.
    package let path: Substring
    /// Without the `?`; empty where there is none.
    package let query: Substring

    package init(_ text: String) {
        var rest = text[...]
        if !text.hasPrefix("/"), let scheme = text.prefixMatch(of: /https?:\/\//.ignoresCase()) {
            rest = text[scheme.range.upperBound...].drop { $0 != "/" && $0 != "?" }
            if !rest.hasPrefix("/") { rest = "/" + rest }
        }
        path = rest.prefix { $0 != "?" }
        query = rest.dropFirst(path.count).dropFirst()
    }
}
