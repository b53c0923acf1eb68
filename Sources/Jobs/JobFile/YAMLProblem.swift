/// libyaml's complaint in words for people who write job files.
struct YAMLProblem {
    let message: String
    var hint: String?
    /// Whether the place to show is where the broken thing began.
    var isAtContext = false

    private static let flowHint = "within them, values with any of {}[], need quotes, '${…}' too"

    init(_ problem: String, context: String?, character: Unicode.Scalar?) {
        let context = context ?? ""
        if context.contains("alias") || problem.contains("alias") {
            message = "anchors and aliases are not supported"
            hint = "a value that begins with '*' needs quotes"
        } else if context.contains("anchor") {
            message = "anchors and aliases are not supported"
            hint = "a value that begins with '&' needs quotes"
        } else if context.contains("quoted scalar") && problem.contains("end of stream") {
            message = "a quote is opened here and never closed"
            isAtContext = true
        } else if context.contains("flow sequence") {
            message = "in a list in brackets, ',' or ']' is missing"
            hint = Self.flowHint
            isAtContext = true
        } else if context.contains("flow mapping") {
            message = "in a map in braces, ',' or '}' is missing"
            hint = Self.flowHint
            isAtContext = true
        } else if problem.contains("mapping values are not allowed") {
            message = "a second ':' on a line, or a wrong indentation"
            hint = "a value with ': ' in it needs quotes"
        } else if problem.contains("cannot start any token"), let character {
            message = "a value cannot begin with \(String(character).quoted)"
            hint = "put it in quotes"
        } else if problem.contains("expected key") {
            message = "a key is expected here; the indentation fits nothing above"
        } else if problem.contains("could not find expected ':'") {
            message = "a ':' is missing after a key"
            isAtContext = true
        } else if problem.contains("expected node content") {
            message = "a value is missing here"
        } else if problem.contains("nesting level") {
            message = "nested too deeply"
        } else {
            message = problem.prefix(1).lowercased() + problem.dropFirst()
        }
    }
}
