/// Holds what was read against the description: keys, types, ranges. Reports everything it finds.
struct ShapeCheck {
    var findings: Findings

    mutating func check(root: JobNode) {
        guard root.entries != nil else {
            if !root.isUnknown {
                findings.error(
                    .wrongType, at: root.position,
                    "a job file is a map of keys, and this is \(root.typeName)",
                    hint: "it begins with 'version: 1'")
            }
            return
        }
        settings(root, JobDescription.root, of: "a job")
    }

    mutating func check(_ node: JobNode, _ shape: Shape, name: String) {
        if node.isUnknown { return }
        switch shape {
        case .constant(let number): constant(node, number, name: name)
        case .text(let rule): text(node, rule, name: name)
        case .integer(let range): integer(node, range, shape, name: name)
        case .size(let range): size(node, range, shape, name: name)
        case .share(let range): share(node, range, shape, name: name)
        case .boolean:
            if node.scalar?.boolean == nil { wrongType(node, shape, name: name) }
        case .word(let words): word(node, words, shape, name: name)
        case .anyScalar:
            if node.scalar == nil { wrongType(node, shape, name: name) }
        case .list(let item, let mayBeEmpty):
            list(node, item, mayBeEmpty: mayBeEmpty, name: name)
        case .oneOrList(let item):
            if node.items != nil {
                list(node, item, mayBeEmpty: false, name: name)
            } else {
                check(node, item, name: name)
            }
        case .settings(let fields):
            if node.isNull, shape.takesNothing { return }
            guard node.entries != nil else { return wrongType(node, shape, name: name) }
            settings(node, fields, of: name.quoted)
        case .alternatives(let noun, let alternatives):
            choice(node, alternatives, noun: noun, shape, name: name)
        case .entries(let rule, let value):
            if node.isNull { return }
            guard let entries = node.entries else { return wrongType(node, shape, name: name) }
            for entry in entries {
                if let problem = rule.problem(with: entry.key) {
                    findings.error(
                        .invalidValue, at: entry.keyPosition, problem.message, hint: problem.hint)
                }
                check(entry.value, value, name: entry.key)
            }
        case .either(let first, let second):
            if node.items != nil { return wrongType(node, shape, name: name) }
            check(node, node.entries == nil ? first : second, name: name)
        }
    }

    mutating func wrongType(
        _ node: JobNode, _ shape: Shape, name: String, hint: String? = nil
    ) {
        let code: Diagnostic.Code = node.scalar?.style == .free ? .invalidValue : .wrongType
        findings.error(
            code, at: node.position, "\(name.quoted) must be \(shape.noun), not \(node.typeName)",
            hint: hint)
    }

    // MARK: Single values

    private mutating func constant(_ node: JobNode, _ number: Int, name: String) {
        guard let value = node.scalar?.integer else {
            return wrongType(node, .constant(number), name: name)
        }
        if value != number {
            findings.error(
                .invalidValue, at: node.position,
                "\(name) \(value) is not known; this sealpipe reads \(name) \(number)")
        }
    }

    private mutating func text(_ node: JobNode, _ rule: TextRule, name: String) {
        guard let scalar = node.scalar, scalar.type == .text else {
            let isValue = node.scalar != nil && !node.isNull
            return wrongType(
                node, .text(rule), name: name, hint: isValue ? "put it in quotes" : nil)
        }
        if let problem = rule.problem(with: scalar.text) {
            findings.error(.invalidValue, at: node.position, problem.message, hint: problem.hint)
        }
    }

    private mutating func integer(
        _ node: JobNode, _ range: ClosedRange<Int>, _ shape: Shape, name: String
    ) {
        guard let value = node.scalar?.integer else { return wrongType(node, shape, name: name) }
        if !range.contains(value) {
            findings.error(
                .outOfRange, at: node.position,
                "\(name.quoted) is \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
    }

    private mutating func size(
        _ node: JobNode, _ range: ClosedRange<Int>, _ shape: Shape, name: String
    ) {
        guard let scalar = node.scalar, !node.isNull else {
            return wrongType(node, shape, name: name)
        }
        do throws(ByteSize.Invalid) {
            let byteCount = try ByteSize.parse(scalar.text)
            if !range.contains(byteCount) { throw .tooLarge }
        } catch {
            let (message, hint): (String, String?) =
                switch error {
                case .noUnit:
                    ("a size needs a unit", "write \(scalar.text)MiB or \(scalar.text)KiB")
                case .misspelledUnit(let unit):
                    (
                        "\(scalar.text.quoted) has no known unit",
                        "did you mean '\(scalar.text.prefix { $0.isNumber })\(unit)'?"
                    )
                case .notASize: ("\(scalar.text.quoted) is not a size", "write it like 4MiB")
                case .tooLarge:
                    (
                        "\(name.quoted) is \(ByteSize.text(range.lowerBound)) to "
                            + "\(ByteSize.text(range.upperBound)), not \(scalar.text)", nil
                    )
                }
            findings.error(
                error == .tooLarge ? .outOfRange : .invalidSize, at: node.position, message,
                hint: hint)
        }
    }

    private mutating func share(
        _ node: JobNode, _ range: ClosedRange<Percentage>, _ shape: Shape, name: String
    ) {
        guard let scalar = node.scalar, !node.isNull else {
            return wrongType(node, shape, name: name)
        }
        do throws(Percentage.Invalid) {
            if !range.contains(try Percentage(scalar.text)) { throw .tooLarge }
        } catch {
            let (message, hint): (String, String?) =
                switch error {
                case .noSign: ("a share needs a '%'", "write \(scalar.text)%")
                case .notAShare:
                    ("\(scalar.text.quoted) is not a share", "write it like 5% or 0.25%")
                case .tooLarge:
                    (
                        "\(name.quoted) is \(range.lowerBound) to \(range.upperBound), not "
                            + scalar.text, nil
                    )
                }
            findings.error(
                error == .tooLarge ? .outOfRange : .invalidValue, at: node.position, message,
                hint: hint)
        }
    }

    private mutating func word(_ node: JobNode, _ words: [String], _ shape: Shape, name: String) {
        guard let scalar = node.scalar, !node.isNull else {
            return wrongType(node, shape, name: name)
        }
        if !words.contains(scalar.text) {
            findings.error(
                .invalidValue, at: node.position,
                "\(name.quoted) must be \(shape.noun), not \(scalar.text.quoted)",
                hint: NearestName.hint(for: scalar.text, among: words))
        }
    }
}
