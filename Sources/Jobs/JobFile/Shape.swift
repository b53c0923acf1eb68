/// What may stand at a place of a job file. The parser, the schema and the reference all read it.
indirect enum Shape: Sendable {
    case constant(Int)
    case text(TextRule)
    case integer(ClosedRange<Int>)
    case size(ClosedRange<Int>)
    case share(ClosedRange<Percentage>)
    case boolean
    case word([String])
    case anyScalar
    case list(Shape, mayBeEmpty: Bool = false)
    case oneOrList(Shape)
    /// A map of known keys; nothing, or the bare word where nothing is required, means all defaults.
    case settings([Field])
    /// A map with exactly one of these keys, and the siblings that go with it.
    case alternatives(noun: String, [Alternative])
    /// A map of free keys.
    case entries(key: TextRule, value: Shape)
    /// The first where something else than a map is written, the second for a map.
    case either(Shape, Shape)
}

/// A key, what it takes, and one line of documentation.
struct Field: Sendable {
    let key: String
    let shape: Shape
    let isRequired: Bool
    /// As the reference shows it; empty where leaving the key out just means nothing.
    let fallback: String
    let doc: String

    init(
        _ key: String, _ shape: Shape, isRequired: Bool = false, fallback: String = "", doc: String
    ) {
        self.key = key
        self.shape = shape
        self.isRequired = isRequired
        self.fallback = fallback
        self.doc = doc
    }
}

/// One of several keys of which exactly one is written.
struct Alternative: Sendable {
    let field: Field
    let siblings: [Field]

    init(_ field: Field, with siblings: [Field] = []) {
        self.field = field
        self.siblings = siblings
    }
}

/// What a text must look like.
struct TextRule: Sendable {
    /// With its article, for messages: "a path".
    let noun: String
    /// A regular expression for the schema, where one says it all.
    let pattern: String?
    /// What is wrong with the text, if anything.
    let problem: @Sendable (String) -> Problem?

    struct Problem: Sendable {
        let message: String
        var hint: String?
    }

    /// The rule's own, or a byte order mark at the front: Yams drops it, so a file cannot hold one.
    func problem(with text: String) -> Problem? {
        text.unicodeScalars.first == "\u{feff}"
            ? Problem(message: "\(noun) does not begin with a byte order mark") : problem(text)
    }
}

extension Shape {
    /// Whether `{}` fits, hence also nothing and the bare word.
    var takesNothing: Bool {
        if case .settings(let fields) = self {
            !fields.contains(where: \.isRequired)
        } else {
            false
        }
    }

    /// For messages: "must be …".
    var noun: String {
        switch self {
        case .constant(let number): "\(number)"
        case .text(let rule): rule.noun
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .size: "a size such as 4MiB"
        case .share: "a share such as 5%"
        case .boolean: "true or false"
        case .word(let words): words.map { "'\($0)'" }.joined(separator: " or ")
        case .anyScalar: "a single value"
        case .list: "a list"
        case .oneOrList(let item): "\(item.noun) or a list"
        case .settings, .alternatives, .entries: "a map"
        case .either(let first, let second): "\(first.noun) or \(second.noun)"
        }
    }
}

extension Alternative {
    /// Whether the key may stand alone, as a word.
    var mayBeBare: Bool { field.shape.takesNothing && !siblings.contains(where: \.isRequired) }
}
