/// Lists, maps of known keys, and choices of one key among several.
extension ShapeCheck {
    mutating func list(_ node: JobNode, _ item: Shape, mayBeEmpty: Bool, name: String) {
        guard let items = node.items else {
            let hint = node.scalar.map { "write [\($0.text.quoted.dropFirst().dropLast())]" }
            return wrongType(node, .list(item), name: name, hint: node.isNull ? nil : hint)
        }
        if items.isEmpty, !mayBeEmpty {
            findings.error(
                .invalidValue, at: node.position, "\(name.quoted) is empty", hint: "leave it out")
        }
        for node in items { check(node, item, name: "an item of \(name)") }
    }

    mutating func settings(_ node: JobNode, _ fields: [Field], of owner: String) {
        for entry in node.entries ?? [] {
            if let field = fields.first(where: { $0.key == entry.key }) {
                check(entry.value, field.shape, name: field.key)
            } else {
                unknownKey(entry, among: fields.map(\.key))
            }
        }
        for field in fields where field.isRequired && node.entry(field.key) == nil {
            findings.error(.missingKey, at: node.position, "\(owner) needs \(field.key.quoted)")
        }
    }

    private mutating func unknownKey(_ entry: JobNode.Entry, among known: [String]) {
        if SecretRules.isSecretName(entry.key) {
            findings.error(
                .secret, at: entry.keyPosition,
                "\(entry.key.quoted): no secret may stand in a job file", hint: SecretRules.hint)
            return
        }
        let hint =
            NearestName.hint(for: entry.key, among: known)
            ?? (known.isEmpty
                ? "no key is known here" : "known here: \(known.joined(separator: ", "))")
        findings.error(
            .unknownKey, at: entry.keyPosition, "unknown key \(entry.key.quoted)", hint: hint)
    }

    mutating func choice(
        _ node: JobNode, _ alternatives: [Alternative], noun: String, _ shape: Shape, name: String
    ) {
        let keys = alternatives.map(\.field.key)
        if let scalar = node.scalar, !node.isNull {
            if let found = alternatives.first(where: { $0.field.key == scalar.text }) {
                if !found.mayBeBare {
                    findings.error(
                        .wrongType, at: node.position,
                        "\(scalar.text.quoted) needs \(found.field.shape.noun)",
                        hint: "write '\(scalar.text): …'")
                }
            } else {
                findings.error(
                    .unknownKey, at: node.position, "\(scalar.text.quoted) is not \(noun)",
                    hint: NearestName.hint(for: scalar.text, among: keys)
                        ?? "known here: \(keys.joined(separator: ", "))")
            }
            return
        }
        guard let entries = node.entries else { return wrongType(node, shape, name: name) }
        let chosen = entries.filter { keys.contains($0.key) }
        let siblings = alternatives.flatMap { alternative in
            alternative.siblings.map { (alternative.field.key, $0) }
        }
        for entry in entries {
            if let field = alternatives.first(where: { $0.field.key == entry.key })?.field {
                check(entry.value, field.shape, name: field.key)
                continue
            }
            let owners = siblings.filter { $0.1.key == entry.key }
            guard let first = owners.first else {
                unknownKey(entry, among: keys + siblings.map { $0.1.key })
                continue
            }
            let owner = owners.first { owner in chosen.contains { $0.key == owner.0 } }
            check(entry.value, (owner ?? first).1.shape, name: entry.key)
            if owner == nil, let other = chosen.first {
                findings.error(
                    .unknownKey, at: entry.keyPosition,
                    "\(entry.key.quoted) goes with \(owners.map { $0.0.quoted }.joined(separator: " or ")), "
                        + "not with \(other.key.quoted)")
            }
        }
        if chosen.isEmpty,
            entries.allSatisfy({ entry in siblings.contains { $0.1.key == entry.key } })
        {
            findings.error(
                .exactlyOne, at: node.position,
                "\(noun) is exactly one of \(keys.joined(separator: ", "))")
        }
        for extra in chosen.dropFirst() {
            findings.error(
                .exactlyOne, at: extra.keyPosition,
                "\(noun) is exactly one of \(keys.joined(separator: ", ")): "
                    + "\(chosen[0].key.quoted) is there already",
                hint: noun == "a stage" ? Self.hint(forStage: extra) : nil)
        }
    }

    private static func hint(forStage entry: JobNode.Entry) -> String {
        switch entry.keyPosition {
        case .file: "begin a new item: '- \(entry.key)'"
        case .setting: "that stage is reached by stages.\(entry.key)"
        }
    }
}
