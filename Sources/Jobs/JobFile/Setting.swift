/// A value given on the command line: `--set stages[1].compress.level=9`.
///
/// A step through a list is an index, or the name of the one item that is that word or a map with
/// that key: `stages.compress.level=9`. A key with other characters is written `["a.b"]`. The value
/// is one text, of whatever type is wanted there, unless it begins like a YAML list, map or quote.
struct Setting {
    enum Step: Equatable {
        case key(String)
        case index(Int)
    }

    struct Invalid: Error, Equatable {
        let message: String
        var hint: String?
    }

    /// Deeper than any job file.
    private static let stepLimit = 32

    let steps: [Step]
    let value: String

    init(_ argument: String) throws(Invalid) {
        var steps: [Step] = []
        var rest = argument.unicodeScalars[...]
        let stops: Set<Unicode.Scalar> = [".", "[", "]", "="]
        while true {
            guard steps.count < Self.stepLimit else { throw Self.badPath }
            if rest.first == "[" {
                steps.append(try Self.bracket(&rest))
            } else {
                let key = rest.prefix { !stops.contains($0) }
                guard !key.isEmpty else { throw Self.badPath }
                steps.append(.key(String(key)))
                rest = rest[key.endIndex...]
            }
            switch rest.first {
            case "=":
                self.steps = steps
                value = String(rest.dropFirst())
                return
            case ".": rest.removeFirst()
            case "[": continue
            default: throw Self.badPath
            }
        }
    }

    private static let badPath = Invalid(
        message: "a setting is path=value", hint: "for example stages[1].compress.level=9")

    /// `[3]` or `["key"]`.
    private static func bracket(
        _ rest: inout Substring.UnicodeScalarView
    ) throws(Invalid) -> Step {
        rest.removeFirst()
        if rest.first == "\"" {
            rest.removeFirst()
            let key = rest.prefix { $0 != "\"" }
            rest = rest[key.endIndex...]
            guard rest.starts(with: "\"]".unicodeScalars) else { throw badPath }
            rest.removeFirst(2)
            return .key(String(key))
        }
        let digits = rest.prefix { "0"..."9" ~= $0 }
        rest = rest[digits.endIndex...]
        guard rest.first == "]", let index = Int(String(digits)) else { throw badPath }
        rest.removeFirst()
        return .index(index)
    }

    /// What diagnostics show: without the value, which might be a secret.
    static func shownPath(_ argument: String) -> String {
        String(argument.unicodeScalars.prefix { $0 != "=" })
    }
}

/// Settings applied to what was read, before anything is checked.
struct SettingApplication {
    let setting: Setting
    let index: Int

    private var position: Position { .setting(index) }

    func apply(to root: inout JobNode, _ findings: inout Findings) {
        guard let value = value(&findings) else { return }
        set(&root, setting.steps[...], walked: "", to: value, &findings)
    }

    private func value(_ findings: inout Findings) -> JobNode? {
        guard let first = setting.value.unicodeScalars.first, "[{\"'".unicodeScalars.contains(first)
        else {
            let scalar = JobNode.Scalar(text: setting.value, style: .free)
            return JobNode(kind: .scalar(scalar), position: position)
        }
        return YAMLReader.read(setting.value, at: index, &findings)
    }

    private func set(
        _ node: inout JobNode, _ steps: ArraySlice<Setting.Step>, walked: String, to value: JobNode,
        _ findings: inout Findings
    ) {
        guard let step = steps.first else {
            node = value
            return
        }
        let rest = steps.dropFirst()
        switch step {
        case .key(let key):
            let path = walked.isEmpty ? key : "\(walked).\(key)"
            if let items = node.items {
                guard let index = Self.index(of: key, in: items) else {
                    let names = items.compactMap(Self.name)
                    findings.error(
                        .invalidSetting, at: position,
                        "no item of \(walked.quoted) is called \(key.quoted)",
                        hint: NearestName.hint(for: key, among: names)
                            ?? "an item is written \(walked)[0]")
                    return
                }
                return change(&node, item: index) {
                    set(&$0, steps, walked: "\(walked)[\(index)]", to: value, &findings)
                }
            }
            guard var entries = Self.entries(of: node, wanting: key) else {
                findings.error(
                    .invalidSetting, at: position,
                    "\(walked.quoted) is \(node.typeName), so nothing in it can be set",
                    hint: "to replace it, write '\(walked)={\(key): …}'")
                return
            }
            let at = entries.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } ?? entries.count
            if at == entries.count {
                let empty = JobNode(kind: .map([]), position: position)
                entries.append(JobNode.Entry(key: key, keyPosition: position, value: empty))
                if case .index = rest.first { entries[at].value.kind = .list([]) }
            }
            set(&entries[at].value, rest, walked: path, to: value, &findings)
            node.kind = .map(entries)
        case .index(let index):
            let path = "\(walked)[\(index)]"
            if node.isNull { node.kind = .list([]) }
            guard let items = node.items, index <= items.count else {
                let message =
                    node.items.map { "\(walked.quoted) has \($0.count) items, counted from 0" }
                    ?? "\(walked.quoted) is \(node.typeName), not a list"
                findings.error(.invalidSetting, at: position, message)
                return
            }
            if index == items.count {
                node.kind = .list(items + [JobNode(kind: .map([]), position: position)])
            }
            change(&node, item: index) { set(&$0, rest, walked: path, to: value, &findings) }
        }
    }

    private func change(_ node: inout JobNode, item index: Int, _ body: (inout JobNode) -> Void) {
        guard var items = node.items else { return }
        body(&items[index])
        node.kind = .list(items)
    }

    /// A map's entries; nothing is an empty map, and the bare word `decrypt` is `{ decrypt: }`.
    private static func entries(of node: JobNode, wanting key: String) -> [JobNode.Entry]? {
        if let entries = node.entries { return entries }
        if node.isNull { return [] }
        guard let scalar = node.scalar, scalar.text == key else { return nil }
        let nothing = JobNode(
            kind: .scalar(JobNode.Scalar(text: "", style: .plain)), position: node.position)
        return [JobNode.Entry(key: key, keyPosition: node.position, value: nothing)]
    }

    private static func name(of item: JobNode) -> String? {
        item.scalar?.text ?? (item.entries?.count == 1 ? item.entries?.first?.key : nil)
    }

    private static func index(of key: String, in items: [JobNode]) -> Int? {
        let indices = items.indices.filter { name(of: items[$0]) == key }
        return indices.count == 1 ? indices.first : nil
    }
}
