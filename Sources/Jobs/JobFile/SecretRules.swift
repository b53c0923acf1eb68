/// No secret may stand in a job file: what looks like one is refused, what may become one is warned
/// of. Names and values that come from variables stand outside the file.
enum SecretRules {
    static let hint =
        "keep it out of the file: credentials come from the environment, keys from the key service"

    /// Whether something of this name holds a secret: `password`, `DB_PASSWORD`, `api-key`, but not
    /// `password_file`.
    static func isSecretName(_ name: String) -> Bool {
        let words = words(name)
        guard !words.contains(where: { harmless.contains($0) }) else { return false }
        let joined = words.joined()
        return [
            "password", "passwd", "passphrase", "secret", "token", "credential", "apikey",
            "accesskey", "privatekey", "secretkey",
        ].contains { joined.contains($0) } || words.contains { ["pwd", "pin"].contains($0) }
    }

    /// With one of these, a name says where a secret is, whose it is, or that there is none.
    private static let harmless: Set = [
        "file", "path", "command", "id", "arn", "name", "no", "without", "prompt", "ask",
    ]

    /// `dbPassword`, `db-password` and `DB_PASSWORD` are two words each.
    private static func words(_ name: String) -> [String] {
        var words: [String] = [""]
        var wasLower = false
        for character in name {
            let isWordCharacter = character.isLetter || character.isNumber
            if !isWordCharacter || (character.isUppercase && wasLower) { words.append("") }
            if isWordCharacter { words[words.count - 1] += character.lowercased() }
            wasLower = character.isLowercase
        }
        return words.filter { !$0.isEmpty }
    }

    /// What kind of secret the text holds, by its shape; nil for none.
    static func shape(of text: String) -> String? {
        if text.contains("-----BEGIN "), text.contains("PRIVATE KEY") { return "a private key" }
        if text.contains("AGE-SECRET-KEY-1") { return "a private key" }
        if holdsPasswordInURL(text) { return "a password in a URL" }
        let isToken: (UInt8) -> Bool = { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
        for token in text.utf8.split(whereSeparator: { !isToken($0) }) {
            if token.count == 40, looksRandom(token) { return "a secret access key" }
            if token.count == 20,
                token.starts(with: "AKIA".utf8) || token.starts(with: "ASIA".utf8),
                token.allSatisfy({ !(UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0) })
            {
                return "an access key id"
            }
        }
        return nil
    }

    /// Lower case, upper case and digits, and many different ones: no path, no hex digest.
    private static func looksRandom(_ token: Substring.UTF8View) -> Bool {
        let lower = token.contains { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }
        let upper = token.contains { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 }
        let digit = token.contains { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        return lower && upper && digit && Set(token).count >= 18
    }

    /// `scheme://user:password@host`.
    private static func holdsPasswordInURL(_ text: String) -> Bool {
        var rest = text[...]
        while let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            let authority = rest.prefix { !"/?# \t\n\"'".contains($0) }
            if let at = authority.lastIndex(of: "@"),
                let colon = authority[..<at].firstIndex(of: ":"),
                authority.index(after: colon) < at, authority[authority.index(after: colon)] != "$"
            {
                return true
            }
        }
        return false
    }

    /// The name of the secret that an argument holds, if any: `--password=x`, or `PGPASSWORD=x` in a
    /// shell command.
    static func secret(in argument: String) -> String? {
        for word in argument.split(whereSeparator: { $0.isWhitespace || $0 == ";" }) {
            guard let equals = word.firstIndex(of: "=") else { continue }
            let name = word[..<equals].drop { $0 == "\"" || $0 == "'" }
            if isSecretName(String(name)), isLiteral(String(word[word.index(after: equals)...])) {
                return String(name)
            }
        }
        return nil
    }

    /// Not empty, and nothing the shell puts in.
    private static func isLiteral(_ value: String) -> Bool {
        guard let first = value.first(where: { $0 != "\"" && $0 != "'" }) else { return false }
        return first != "$" && first != "`"
    }

    // MARK: The whole file

    /// Every literal of the file, and the names it is given.
    static func check(_ node: JobNode, _ findings: inout Findings) {
        switch node.kind {
        case .scalar(let scalar):
            guard scalar.variables.isEmpty, let shape = shape(of: scalar.text) else { return }
            findings.error(.secret, at: node.position, "this looks like \(shape)", hint: hint)
        case .list(let items):
            for item in items { check(item, &findings) }
        case .map(let entries):
            for entry in entries {
                check(entry.value, &findings)
                if let shape = shape(of: entry.key) {
                    findings.error(
                        .secret, at: entry.keyPosition, "this looks like \(shape)", hint: hint)
                }
            }
        case .unknown: break
        }
    }

    static func checkVariables(_ variables: JobNode?, _ findings: inout Findings) {
        for entry in variables?.entries ?? [] where isSecretName(entry.key) {
            let node = entry.value["default"] ?? entry.value
            if let scalar = node.scalar, !node.isNull, !scalar.text.isEmpty {
                findings.error(
                    .secret, at: node.position,
                    "the default of \(entry.key.quoted) looks like a secret", hint: hint)
            }
        }
    }

    static func checkCommand(_ arguments: [JobNode], _ findings: inout Findings) {
        var previous = ""
        for argument in arguments {
            guard let scalar = argument.scalar else { continue }
            if let name = secret(in: scalar.text) {
                if scalar.variables.isEmpty {
                    findings.error(
                        .secret, at: argument.position, "\(name.quoted) is given a secret here",
                        hint: hint)
                } else {
                    findings.warning(
                        .secret, at: argument.position,
                        "\(name.quoted) puts a secret on the command line, where others can see it",
                        hint: "give it by file or by environment")
                }
            } else if previous.hasPrefix("-"), !previous.contains("="), isSecretName(previous),
                !scalar.text.hasPrefix("-"), isLiteral(scalar.text)
            {
                // Or the option takes no value, and this is an argument of its own.
                findings.warning(
                    .secret, at: argument.position,
                    "what follows \(previous.quoted) may be a secret, and others can see it",
                    hint: "give it by file or by environment")
            }
            previous = scalar.text
        }
    }
}
