/// One thing that is wrong, or doubtful, in a job file or in a `--set`.
package struct Diagnostic: Error, Sendable, Equatable {
    package enum Severity: String, Sendable {
        case error
        case warning
    }

    /// Stable names for scripts; a name is never given another meaning.
    package enum Code: String, Sendable, CaseIterable {
        // The text is not one plain YAML document.
        case encoding
        case tooLarge = "too-large"
        case tab
        case syntax
        case secondDocument = "second-document"
        case alias
        case tag
        case duplicateKey = "duplicate-key"
        // It does not have the shape of a job.
        case unknownKey = "unknown-key"
        case missingKey = "missing-key"
        case exactlyOne = "exactly-one"
        case wrongType = "wrong-type"
        case invalidValue = "invalid-value"
        case invalidSize = "invalid-size"
        case outOfRange = "out-of-range"
        // Its parts do not fit each other.
        case stageOrder = "stage-order"
        case stageConflict = "stage-conflict"
        case plaintextArchive = "plaintext-archive"
        case duplicateSource = "duplicate-source"
        case memory
        // Variables, settings and secrets.
        case variableSyntax = "variable-syntax"
        case unknownVariable = "unknown-variable"
        case unusedVariable = "unused-variable"
        case undefinedVariable = "undefined-variable"
        case invalidSetting = "invalid-setting"
        case secret
        case volatileContext = "volatile-context"
    }

    package let code: Code
    package let severity: Severity
    /// The job file's path, or `--set` and the path that was set.
    package let origin: String
    /// From 1; 0 in a setting, which has no lines.
    package let line: Int
    /// From 1, in Unicode scalars; 0 in a setting.
    package let column: Int
    /// One line, lower case, without a full stop.
    package let message: String
    package let hint: String?
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: error: message (hint)`.
    package var description: String {
        let place = line > 0 ? "\(origin):\(line):\(column)" : origin
        let tail = hint.map { " (\($0))" } ?? ""
        return "\(place): \(severity.rawValue): \(message)\(tail)"
    }
}

/// Where something was written: in the file, or in one of the settings.
enum Position: Sendable, Hashable, Comparable {
    case file(line: Int, column: Int)
    case setting(Int)

    static let start = Position.file(line: 1, column: 1)
}

/// What was found so far; the same thing at the same place counts once.
struct Findings {
    struct Finding: Hashable {
        let position: Position
        let code: Diagnostic.Code
        let severity: Diagnostic.Severity
        let message: String
        let hint: String?
    }

    private var seen: Set<Finding> = []
    private var found: [Finding] = []

    var hasErrors: Bool { found.contains { $0.severity == .error } }

    mutating func error(
        _ code: Diagnostic.Code, at position: Position, _ message: String, hint: String? = nil
    ) {
        add(Finding(position: position, code: code, severity: .error, message: message, hint: hint))
    }

    mutating func warning(
        _ code: Diagnostic.Code, at position: Position, _ message: String, hint: String? = nil
    ) {
        add(
            Finding(
                position: position, code: code, severity: .warning, message: message, hint: hint)
        )
    }

    private mutating func add(_ finding: Finding) {
        if seen.insert(finding).inserted { found.append(finding) }
    }

    /// Sorted by position, the file before the settings; findings at one place keep their order.
    func diagnostics(path: String, settings: [String]) -> [Diagnostic] {
        found.enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
            .map { _, finding in
                let (origin, line, column) =
                    switch finding.position {
                    case .file(let line, let column): (path, line, column)
                    case .setting(let index): ("--set \(settings[index].onOneLine)", 0, 0)
                    }
                return Diagnostic(
                    code: finding.code, severity: finding.severity, origin: origin, line: line,
                    column: column, message: finding.message.onOneLine,
                    hint: finding.hint?.onOneLine)
            }
    }
}

extension String {
    /// For a message: in single quotes and not too long.
    var quoted: String {
        let shown = unicodeScalars.prefix(60)
        return "'\(String(shown))\(unicodeScalars.count > 60 ? "…" : "")'"
    }

    /// With control characters and line ends escaped.
    fileprivate var onOneLine: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator:
                text += scalar.escaped(asASCII: true)
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
