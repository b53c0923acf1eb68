/// The table of every key, as `docs/job-file.md` shows it.
package enum JobReference {
    package static var table: String {
        let rows = rows(JobDescription.root, under: "")
        return (["| key | value | default | what it is |", "|---|---|---|---|"] + rows)
            .joined(separator: "\n") + "\n"
    }

    private static func rows(_ fields: [Field], under path: String) -> [String] {
        fields.flatMap { row($0, at: path + $0.key) }
    }

    private static func row(_ field: Field, at path: String) -> [String] {
        let fallback = field.isRequired ? "required" : field.fallback
        let row = "| `\(path)` | \(value(field.shape)) | \(fallback) | \(field.doc) |"
        return [row] + rows(field.shape, at: path)
    }

    private static func rows(_ shape: Shape, at path: String) -> [String] {
        switch shape {
        case .settings(let fields): rows(fields, under: path + ".")
        case .alternatives(_, let alternatives):
            alternatives.flatMap { alternative in
                row(alternative.field, at: "\(path).\(alternative.field.key)")
                    + rows(alternative.siblings, under: path + ".")
            }
        case .list(let item, _): rows(item, at: path + "[]")
        case .oneOrList: []
        case .entries(_, let value): rows(value, at: path + ".NAME")
        case .either(_, let second): rows(second, at: path)
        case .constant, .text, .integer, .size, .share, .boolean, .word, .anyScalar: []
        }
    }

    private static func value(_ shape: Shape) -> String {
        switch shape {
        case .constant(let number): "`\(number)`"
        case .text(let rule): rule.noun
        case .integer(let range): "\(range.lowerBound) … \(range.upperBound)"
        case .size(let range):
            "\(ByteSize.text(range.lowerBound)) … \(ByteSize.text(range.upperBound))"
        case .share(let range): "\(range.lowerBound) … \(range.upperBound)"
        case .boolean: "`true`, `false`"
        case .word(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .anyScalar: "any single value"
        case .list(.alternatives, _): "list of stages"
        case .list(let item, _): "list: \(value(item))"
        case .oneOrList(let item): "\(value(item)), or a list"
        case .settings(let fields): fields.isEmpty ? "nothing, or `{}`" : "map"
        case .alternatives: "exactly one of the following"
        case .entries(_, let value): "map: \(self.value(value))"
        case .either(let first, .settings): "\(value(first)), or a map"
        case .either(let first, let second): "\(value(first)), or \(value(second))"
        }
    }
}
