import OKMSClient

internal import OKMS

extension TextRule {
    /// A rule whose only condition besides its own is: not empty, no NUL byte.
    private static func text(
        _ noun: String, pattern: String? = nil,
        _ more: @escaping @Sendable (String) -> Problem? = { _ in nil }
    ) -> TextRule {
        TextRule(noun: noun, pattern: pattern) { text in
            if text.isEmpty { return Problem(message: "\(noun) is not empty") }
            if text.utf8.contains(0) { return Problem(message: "\(noun) holds no NUL byte") }
            return more(text)
        }
    }

    static let jobName = text("a name", pattern: "^[a-z0-9][a-z0-9-]{0,63}$") { text in
        let fits = text.utf8.allSatisfy {
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                || $0 == UInt8(ascii: "-")
        }
        guard fits, text.utf8.first != UInt8(ascii: "-"), text.utf8.count <= 64 else {
            return Problem(
                message: "a name has 1 to 64 of a-z, 0-9 and '-', and does not begin with '-'")
        }
        return nil
    }

    static let path = text("a path") { text in
        guard text == "~" || text.hasPrefix("~/") else { return nil }
        return Problem(
            message: "'~' does not mean the home folder here",
            hint: "declare HOME under 'variables' and write '${HOME}/…'")
    }

    /// The textfile collector of node_exporter reads no other files.
    static let metricsPath = text("a path ending in '.prom'", pattern: "\\.prom$") { text in
        if let problem = path.problem(text) { return problem }
        guard !text.utf8.reversed().starts(with: ".prom".utf8.reversed()) else { return nil }
        return Problem(
            message: "\(text.quoted) does not end in '.prom'",
            hint: "the textfile collector of node_exporter reads no other files")
    }

    static let evidencePath = text("a path ending in '.json'", pattern: "\\.json$") { text in
        if let problem = path.problem(text) { return problem }
        guard !text.utf8.reversed().starts(with: ".json".utf8.reversed()) else { return nil }
        return Problem(message: "\(text.quoted) does not end in '.json'", hint: "it is a JSON file")
    }

    static let entryName = text("a name in the archive", pattern: "^[^/]+$") { text in
        guard ![".", ".."].contains(text), !text.utf8.contains(UInt8(ascii: "/")),
            text.utf8.count <= 255
        else {
            return Problem(
                message: "a name in the archive is one component of a path: no '/', not '.' or '..'"
            )
        }
        return nil
    }

    static let argument = TextRule(noun: "an argument", pattern: nil) { text in
        text.utf8.contains(0) ? Problem(message: "an argument holds no NUL byte") : nil
    }

    static let glob = text("a pattern") { text in
        do throws(Glob.Invalid) {
            _ = try Glob(text)
            return nil
        } catch {
            return Problem(
                message: error.message(about: text),
                hint: error == .negated ? "for a name that really begins so, write '\\!'" : nil)
        }
    }

    static let keyName = text("a key id, a key ARN or 'default'") { text in
        do throws(KeyServiceError) {
            _ = try KeyName(text)
            return nil
        } catch {
            return Problem(
                message: "\(text.quoted) names no key",
                hint: NearestName.hint(for: text, among: ["default"])
                    ?? "a key id is a UUID; 'default' is the account's default key")
        }
    }

    static let service = text(
        "'embedded', an https:// URL, or http://127.0.0.1 and its like",
        pattern: "^(embedded|https://.+|http://.+)$"
    ) {
        text in
        if text == "embedded" { return nil }
        guard let url = EndpointURL(text) else {
            let hint =
                NearestName.hint(for: text, among: ["embedded"])
                ?? "for example https://kms.example.com"
            return Problem(message: "a service is 'embedded' or an https:// URL", hint: hint)
        }
        if url.hasUserInfo {
            return Problem(
                message: "no user or password may stand in a URL",
                hint: "credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        guard url.isSecure || url.isLoopback else {
            return Problem(
                message: "a service elsewhere is reached by https:// only",
                hint: "http:// is for this machine: localhost, 127.0.0.1 or [::1]")
        }
        do throws(ClientSetupError) { _ = try Endpoint(text) } catch {
            return Problem(
                message: "a service's URL is https://, a host, and a port if need be",
                hint: "no path behind it, as in https://kms.example.com:8200")
        }
        return nil
    }

    static let region = text("a region", pattern: "^[a-z0-9-]+$") { text in
        let fits = text.utf8.allSatisfy {
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                || $0 == UInt8(ascii: "-")
        }
        return fits ? nil : Problem(message: "a region has only a-z, 0-9 and '-'")
    }

    /// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
    static let profile = text("a profile", pattern: "^[A-Za-z0-9][A-Za-z0-9._@+-]*$") { text in
        let fits = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "._@+-".utf8.contains(byte)
            }
        }
        guard fits, text.first?.isLetter == true || text.first?.isNumber == true else {
            return Problem(
                message:
                    "a profile has letters, digits and '._@+-', and begins with one of the first")
        }
        return nil
    }

    static let contextKey = text("a context key") { text in
        for prefix in ["aws-crypto-", "sealpipe-"] where text.hasPrefix(prefix) {
            return Problem(message: "context keys beginning with '\(prefix)' are reserved")
        }
        return nil
    }

    static let contextValue = TextRule(noun: "text", pattern: nil) { _ in nil }

    static let variableName = text("a variable's name", pattern: "^[A-Za-z_][A-Za-z0-9_]*$") {
        text in
        Variables.isName(text)
            ? nil
            : Problem(
                message: "a variable's name has letters, digits and '_' and begins with no digit")
    }
}

/// As much of a URL as a job file has to know.
private struct EndpointURL {
    let isSecure: Bool
    let hasUserInfo: Bool
    let isLoopback: Bool

    init?(_ text: String) {
        isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://"),
            text.utf8.allSatisfy({ 0x21...0x7e ~= $0 })
        else { return nil }
        let rest = text.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { !"/?#".contains($0) }
        hasUserInfo = authority.contains("@")
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let isBracketed = host.hasPrefix("[")
        let name = host.prefix { $0 != (isBracketed ? "]" : ":") }
        guard !name.isEmpty else { return nil }
        isLoopback = ["localhost", "127.0.0.1", "[::1"].contains(String(name))
    }
}
