/// The variables a job file declares, and their replacement in its values.
///
/// A value set by `--set variables.NAME=…` wins over the environment, the environment over the
/// declared default. Only declared names are looked up; keys and declarations are never replaced.
struct Variables {
    private struct Declaration {
        let name: String
        let position: Position
        let fallback: String?
        /// Whether the value comes from the command line.
        let isSet: Bool
    }

    private let declarations: [Declaration]
    private let environment: [String: String]
    private var used: Set<String> = []

    static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        "a"..."z" ~= scalar || "A"..."Z" ~= scalar || "0"..."9" ~= scalar || scalar == "_"
    }

    static func isName(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first else { return false }
        return !("0"..."9" ~= first) && text.unicodeScalars.allSatisfy(isNameScalar)
    }

    init(declaredIn root: JobNode, environment: [String: String]) {
        self.environment = environment
        declarations = (root["variables"]?.entries ?? []).map { entry in
            let node = entry.value["default"] ?? entry.value
            let isSet = if case .setting = node.position { true } else { false }
            return Declaration(
                name: entry.key, position: entry.keyPosition,
                fallback: node.isNull ? nil : node.scalar?.text, isSet: isSet)
        }
    }

    /// Notes which variables the values of a file name.
    mutating func noteUse(in root: JobNode) {
        for entry in root.entries ?? [] where entry.key != "variables" { note(entry.value) }
    }

    private mutating func note(_ node: JobNode) {
        switch node.kind {
        case .scalar(let scalar):
            used.formUnion(
                declarations.map(\.name).filter { name in
                    ["}", ":"].contains { scalar.text.contains("${\(name)\($0)") }
                })
        case .list(let items): for item in items { note(item) }
        case .map(let entries): for entry in entries { note(entry.value) }
        case .unknown: break
        }
    }

    /// The whole file with its variables replaced. What cannot be replaced becomes `unknown`.
    mutating func replaced(in root: JobNode, _ findings: inout Findings) -> JobNode {
        guard let entries = root.entries else { return root }
        var root = root
        root.kind = .map(
            entries.map { entry in
                var entry = entry
                if entry.key != "variables" {
                    entry.value = replaced(entry.value, &findings)
                    checkKey(entry, &findings)
                }
                return entry
            })
        for unused in declarations where !used.contains(unused.name) {
            findings.error(
                .unusedVariable, at: unused.position,
                "variable \(unused.name.quoted) is declared but not used",
                hint: "use it as ${\(unused.name)} or remove it")
        }
        return root
    }

    private mutating func replaced(_ node: JobNode, _ findings: inout Findings) -> JobNode {
        var node = node
        switch node.kind {
        case .scalar(let scalar):
            node.kind =
                replaced(scalar, at: node.position, &findings).map { .scalar($0) } ?? .unknown
        case .list(let items):
            node.kind = .list(items.map { replaced($0, &findings) })
        case .map(let entries):
            node.kind = .map(
                entries.map { entry in
                    var entry = entry
                    entry.value = replaced(entry.value, &findings)
                    checkKey(entry, &findings)
                    return entry
                })
        case .unknown: break
        }
        return node
    }

    private func checkKey(_ entry: JobNode.Entry, _ findings: inout Findings) {
        if entry.key.contains("${") {
            findings.error(
                .variableSyntax, at: entry.keyPosition, "variables are not replaced in keys")
        }
    }

    private mutating func replaced(
        _ scalar: JobNode.Scalar, at position: Position, _ findings: inout Findings
    ) -> JobNode.Scalar? {
        guard scalar.text.utf8.contains(UInt8(ascii: "$")) else { return scalar }
        let template: Template
        do throws(Template.Invalid) {
            template = try Template(scalar.text)
        } catch {
            findings.error(.variableSyntax, at: position, error.message, hint: error.hint)
            return nil
        }
        var result = JobNode.Scalar(text: "", style: scalar.style)
        var isComplete = true
        for part in template.parts {
            switch part {
            case .text(let text): result.text += text
            case .variable(let name, let otherwise):
                result.style = .free
                result.variables.append(name)
                if let value = value(of: name, otherwise, at: position, &findings) {
                    result.text += value
                } else {
                    isComplete = false
                }
            }
        }
        return isComplete ? result : nil
    }

    private mutating func value(
        of name: String, _ otherwise: Template.Otherwise, at position: Position,
        _ findings: inout Findings
    ) -> String? {
        guard let declaration = declarations.first(where: { $0.name == name }) else {
            findings.error(
                .unknownVariable, at: position,
                "variable \(name.quoted) is not declared under 'variables'",
                hint: NearestName.hint(for: name, among: declarations.map(\.name)))
            return nil
        }
        used.insert(name)
        if case .value(let text) = otherwise, !text.isEmpty, SecretRules.isSecretName(name) {
            findings.error(
                .secret, at: position, "the default of \(name.quoted) looks like a secret",
                hint: SecretRules.hint)
        }
        let value =
            declaration.isSet
            ? declaration.fallback : environment[name] ?? declaration.fallback
        switch otherwise {
        case .nothing:
            if value == nil {
                findings.error(
                    .undefinedVariable, at: position, "variable \(name.quoted) has no value",
                    hint:
                        "set it in the environment, by --set variables.\(name)=…, or give it a default"
                )
            }
            return value
        case .value(let text):
            return value.flatMap { $0.isEmpty ? nil : $0 } ?? text
        case .message(let message):
            if let value, !value.isEmpty { return value }
            let reason = message.isEmpty ? "" : ": \(message)"
            findings.error(
                .undefinedVariable, at: position, "variable \(name.quoted) has no value\(reason)")
            return nil
        }
    }
}
