internal import OKMS

/// The encryption context is stored and logged in plain sight, and has to be repeated to the byte
/// by whoever decrypts without sealpipe: no secrets, nothing that changes from run to run.
enum ContextRules {
    /// A key service takes 8192 bytes; sealpipe adds the archive's id.
    static let byteLimit = 8000

    static func context(of node: JobNode, _ findings: inout Findings) -> EncryptionContext {
        var pairs: [(key: [UInt8], value: [UInt8])] = []
        for entry in node.entries ?? [] {
            guard let scalar = entry.value.scalar else { continue }
            check(entry, scalar, &findings)
            pairs.append((Array(entry.key.utf8), Array(scalar.text.utf8)))
        }
        guard let context = try? EncryptionContext(pairs),
            context.canonicalBytes.count <= byteLimit
        else {
            findings.error(
                .outOfRange, at: node.position, "the context has more than \(byteLimit) bytes")
            return .empty
        }
        return context
    }

    private static func check(
        _ entry: JobNode.Entry, _ scalar: JobNode.Scalar, _ findings: inout Findings
    ) {
        if SecretRules.isSecretName(entry.key) {
            let message = "\(entry.key.quoted) looks like a secret, and the context is not secret"
            if scalar.variables.isEmpty {
                findings.error(.secret, at: entry.value.position, message, hint: SecretRules.hint)
            } else {
                findings.warning(.secret, at: entry.value.position, message)
            }
        } else if scalar.variables.contains(where: SecretRules.isSecretName) {
            findings.warning(
                .secret, at: entry.value.position,
                "a variable that looks secret goes into the context, which is not secret")
        } else if !scalar.variables.isEmpty, let shape = SecretRules.shape(of: scalar.text) {
            findings.warning(
                .secret, at: entry.value.position,
                "this looks like \(shape), and the context is not secret")
        }
        if isVolatile(scalar) {
            findings.warning(
                .volatileContext, at: entry.value.position,
                "the value of \(entry.key.quoted) seems to change from run to run",
                hint:
                    "who decrypts without sealpipe must repeat it exactly; prefer what stays the same"
            )
        }
    }

    /// Dates, times and random ids, by their look or by the variable they come from.
    static func isVolatile(_ scalar: JobNode.Scalar) -> Bool {
        let names = [
            "DATE", "TIME", "TIMESTAMP", "NOW", "RANDOM", "UUID", "PID", "SECONDS", "EPOCH",
        ]
        let isFromClock = scalar.variables.contains { variable in
            variable.uppercased().split(separator: "_").contains { names.contains(String($0)) }
        }
        return isFromClock || KeyID(scalar.text) != nil || holdsDate(scalar.text)
    }

    /// `2024-11-23`, `20241123T…` or `14:05` anywhere.
    private static func holdsDate(_ text: String) -> Bool {
        // Every digit becomes 9: then a date is one of few patterns.
        let form = String(
            text.map { character -> Character in
                character.isASCII && character.isNumber ? "9" : character
            })
        return ["9999-99-99", "99999999T", "99:99"].contains { form.contains($0) }
    }
}
