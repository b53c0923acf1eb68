internal import Yams

/// Reads one YAML document into `JobNode`s, strictly: no anchors, tags, merge keys, duplicate keys,
/// tabs or second documents. The only file that knows Yams.
struct YAMLReader {
    private static let depthLimit = 32
    private static let duplicateLimit = 64

    private let text: String
    private let setting: Int?
    /// Keys renamed because Yams gives up at the first duplicate: what they were called.
    private var renamed: [TextPlace: String] = [:]
    private var anchors: Set<TextPlace> = []
    private var holdsTab = false

    /// Nil where nothing could be read; the findings then say why, unless the text is empty.
    static func read(
        _ text: String, at setting: Int? = nil, _ findings: inout Findings
    ) -> JobNode? {
        var reader = YAMLReader(text: text, setting: setting)
        return reader.read(&findings)
    }

    private init(text: String, setting: Int?) {
        self.text = text
        self.setting = setting
    }

    private func position(_ place: TextPlace) -> Position {
        if let setting { .setting(setting) } else { .file(line: place.line, column: place.column) }
    }

    private mutating func read(_ findings: inout Findings) -> JobNode? {
        var source = SourceText(text)
        if let alias = source.firstOfManyAliases {
            findings.error(
                .alias, at: position(alias), "anchors and aliases are not supported",
                hint: "write the value out")
            return nil
        }
        var parser: Parser
        while true {
            do {
                parser = try Parser(
                    yaml: source.text, resolver: .basic, constructor: .default, encoding: .utf8)
                guard let root = try parser.nextRoot() else { return nil }
                let second = try parser.nextRoot()
                // Nodes know their anchors only as long as the parser lives.
                defer { withExtendedLifetime(parser) {} }
                let node = node(root, depth: 0, &findings)
                if let second {
                    findings.error(
                        .secondDocument, at: position(TextPlace(second.mark)),
                        "a job file is one document, and here begins a second")
                }
                if !holdsTab { reportTabs(source.tabsOutsideComments, &findings) }
                return node
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                // Another name in the same place, and Yams reads on; `entries` finds the duplicates.
                let place = TextPlace(context.mark)
                guard let name = names.first, renamed.count < Self.duplicateLimit,
                    renamed.updateValue(name, forKey: place) == nil,
                    source.rename(at: place, serial: renamed.count)
                else {
                    findings.error(
                        .duplicateKey, at: position(place),
                        "duplicate key \((names.first ?? "").quoted)")
                    return nil
                }
            } catch {
                report(error, source, &findings)
                return nil
            }
        }
    }

    // MARK: Nodes

    private mutating func node(
        _ node: Node, depth: Int, _ findings: inout Findings
    ) -> JobNode {
        let place = TextPlace(node.mark)
        let position = position(place)
        var result = JobNode(kind: .unknown, position: position)
        guard depth <= Self.depthLimit else {
            findings.error(.syntax, at: position, "nested too deeply")
            return result
        }
        if node.anchor != nil {
            if anchors.insert(place).inserted {
                findings.error(
                    .alias, at: position, "anchors and aliases are not supported",
                    hint: "write the value out")
            }
            return result
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain
            check(
                tag: scalar.tag.rawValue, isPlain ? [""] : ["", Self.textTag], at: position,
                &findings)
            holdsTab = holdsTab || scalar.string.utf8.contains(0x09)
            result.kind = .scalar(
                JobNode.Scalar(text: scalar.string, style: isPlain ? .plain : .quoted))
        case .sequence(let sequence):
            check(tag: sequence.tag.rawValue, [""], at: position, &findings)
            result.kind = .list(sequence.map { self.node($0, depth: depth + 1, &findings) })
        case .mapping(let mapping):
            check(tag: mapping.tag.rawValue, [""], at: position, &findings)
            result.kind = .map(entries(mapping, depth: depth, &findings))
        case .alias:
            break
        }
        return result
    }

    private static let textTag = "tag:yaml.org,2002:str"

    private mutating func entries(
        _ mapping: Node.Mapping, depth: Int, _ findings: inout Findings
    ) -> [JobNode.Entry] {
        var entries: [JobNode.Entry] = []
        var first: [[UInt8]: Position] = [:]
        for (key, value) in mapping {
            let place = TextPlace(key.mark)
            let position = position(place)
            let value = node(value, depth: depth + 1, &findings)
            guard let scalar = key.scalar, key.anchor == nil else {
                findings.error(.wrongType, at: position, "a key must be plain text")
                continue
            }
            let name = renamed[place] ?? scalar.string
            if name == "<<", scalar.style == .plain {
                findings.error(
                    .alias, at: position, "merge keys are not supported", hint: "write the keys out"
                )
                continue
            }
            if let earlier = first.updateValue(position, forKey: Array(name.utf8)) {
                first[Array(name.utf8)] = earlier
                var hint: String?
                if case .file(let line, _) = earlier { hint = "first on line \(line)" }
                findings.error(
                    .duplicateKey, at: position, "duplicate key \(name.quoted)", hint: hint)
                continue
            }
            entries.append(JobNode.Entry(key: name, keyPosition: position, value: value))
        }
        return entries
    }

    private func check(
        tag: String, _ allowed: [String], at position: Position, _ findings: inout Findings
    ) {
        if !allowed.contains(tag) {
            findings.error(.tag, at: position, "tags are not supported, and here is \(tag.quoted)")
        }
    }

    // MARK: Errors

    private func reportTabs(_ tabs: [TextPlace], _ findings: inout Findings) {
        for tab in tabs {
            findings.error(
                .tab, at: position(tab), "a tab between values", hint: "indent with spaces")
        }
    }

    private func report(_ error: any Error, _ source: SourceText, _ findings: inout Findings) {
        let tabs = source.leadingTabs
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let place = TextPlace(mark)
            if let tab = tabs.first, tab.line <= place.line {
                return reportTabs(tabs, &findings)
            }
            let words = YAMLProblem(
                problem, context: context?.text, character: source.scalar(at: place))
            let shown = words.isAtContext ? context.map { TextPlace($0.mark) } ?? place : place
            findings.error(.syntax, at: position(shown), words.message, hint: words.hint)
        case YamlError.reader(let problem, _, _, _):
            findings.error(.encoding, at: position(.start), problem)
        default:
            findings.error(.syntax, at: position(.start), "not readable as YAML")
        }
    }
}

extension TextPlace {
    fileprivate static let start = TextPlace(line: 1, column: 1)

    fileprivate init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }

    /// Of a node that was read from a text, which always has a mark.
    fileprivate init(_ mark: Mark?) { self = mark.map { TextPlace($0) } ?? .start }
}
