/// The JSON Schema of a job file, for editors and for checks elsewhere.
/// Source: JSON Schema draft-07.
package enum JobSchema {
    package static var text: String {
        let head: [(String, JSONText)] = [
            ("$schema", .string("http://json-schema.org/draft-07/schema#")),
            ("title", .string("sealpipe job file")),
        ]
        return JSONText.object(head + settings(JobDescription.root)).text() + "\n"
    }

    private typealias Members = [(String, JSONText)]

    /// Where a variable stands, any type may be meant.
    private static let variable = JSONText.object([
        ("type", .string("string")), ("pattern", .string("\\$\\{")),
    ])

    private static func type(_ name: String) -> Members { [("type", .string(name))] }

    private static func orVariable(_ members: Members) -> Members {
        [("anyOf", .list([.object(members), variable]))]
    }

    private static func schema(_ shape: Shape) -> Members {
        switch shape {
        case .constant(let number): return [("const", .number(number))]
        case .text(let rule):
            guard let pattern = rule.pattern else { return type("string") }
            return orVariable(type("string") + [("pattern", .string(pattern))])
        case .integer(let range):
            return orVariable(
                type("integer") + [
                    ("minimum", .number(range.lowerBound)), ("maximum", .number(range.upperBound)),
                ])
        case .size:
            return orVariable(type("string") + [("pattern", .string(ByteSize.pattern))])
        case .share:
            return orVariable(type("string") + [("pattern", .string(Percentage.pattern))])
        case .boolean: return orVariable(type("boolean"))
        case .word(let words): return orVariable([("enum", .list(words.map { .string($0) }))])
        case .anyScalar:
            return [
                ("type", .list(["string", "number", "boolean", "null"].map { .string($0) }))
            ]
        case .list(let item, let mayBeEmpty):
            let least: Members = mayBeEmpty ? [] : [("minItems", .number(1))]
            return type("array") + [("items", .object(schema(item)))] + least
        case .oneOrList(let item):
            return [("anyOf", .list([.object(schema(item)), .object(schema(.list(item)))]))]
        case .settings(let fields):
            return shape.takesNothing
                ? settings(fields, type: .list([.string("object"), .string("null")]))
                : settings(fields)
        case .alternatives(_, let alternatives):
            return [("oneOf", .list(self.alternatives(alternatives)))]
        case .entries(let key, let value):
            var members: Members = [
                ("type", .list([.string("object"), .string("null")]))
            ]
            if let pattern = key.pattern {
                members.append(("propertyNames", .object([("pattern", .string(pattern))])))
            }
            return members + [("additionalProperties", .object(schema(value)))]
        case .either(let first, let second):
            return [("anyOf", .list([.object(schema(first)), .object(schema(second))]))]
        }
    }

    private static func settings(
        _ fields: [Field], type: JSONText = .string("object")
    ) -> Members {
        var members: Members = [
            ("type", type), ("additionalProperties", .boolean(false)),
            (
                "properties",
                .object(fields.map { ($0.key, .object(documented($0.shape, $0))) })
            ),
        ]
        let required = fields.filter(\.isRequired).map { JSONText.string($0.key) }
        if !required.isEmpty { members.append(("required", .list(required))) }
        return members
    }

    private static func documented(_ shape: Shape, _ field: Field) -> Members {
        let fallback = field.fallback.isEmpty ? "" : " (default: \(field.fallback))"
        return [("description", .string(field.doc + fallback))] + schema(shape)
    }

    private static func alternatives(_ alternatives: [Alternative]) -> [JSONText] {
        var schemas = alternatives.map { alternative in
            let field = Field(
                alternative.field.key, alternative.field.shape, isRequired: true,
                fallback: alternative.field.fallback, doc: alternative.field.doc)
            return JSONText.object(settings([field] + alternative.siblings))
        }
        let bare = alternatives.filter(\.mayBeBare).map { JSONText.string($0.field.key) }
        if !bare.isEmpty { schemas.append(.object([("enum", .list(bare))])) }
        return schemas
    }
}
