internal import OKMS

/// Makes a `Job` of a file whose shape has been checked, and checks what spans several keys.
///
/// It reads what it can even where the shape is wrong, so that every error comes out at once.
struct JobBuilder {
    let root: JobNode
    /// The job file's folder; empty for the current one.
    let folder: String
    let environment: [String: String]
    var findings: Findings

    /// The job, if nothing stands against it.
    mutating func build() -> Job? {
        SecretRules.check(root, &findings)
        SecretRules.checkVariables(root["variables"], &findings)
        let key = key(root["key"])
        let input = root["input"].flatMap { self.input($0) }
        let stages = stages()
        let output = root["output"].flatMap { self.output($0) }
        let expectations = expectations(for: output)
        let limits = Limits(workers: root["limits"]?["workers"]?.scalar?.integer)
        let report = Report(
            metrics: root["report"]?["metrics"]?.scalar.map { resolved($0.text) },
            evidence: root["report"]?["evidence"]?.scalar.map { resolved($0.text) })
        checkVerification()
        let damage = damagePolicy()
        checkMemory()
        guard !findings.hasErrors, let name = root["name"]?.scalar?.text, let key, let input,
            let stages, let output
        else { return nil }
        return Job(
            name: name, key: key, input: input, stages: stages, output: output,
            expectations: expectations, limits: limits, report: report, damage: damage)
    }

    private mutating func damagePolicy() -> DamagePolicy {
        let output = root["output"]
        let policy = DamagePolicy(
            replica: root["input"]?["replica"]?.scalar.map { resolved($0.text) },
            keepsGoing: output?["keep_going"]?.scalar?.boolean ?? false,
            keepsDamagedFiles: output?["keep_damaged"]?.scalar?.boolean ?? false)
        if policy.keepsDamagedFiles, !policy.keepsGoing, let entry = output?.entry("keep_damaged") {
            findings.error(
                .missingKey, at: entry.keyPosition, "'keep_damaged' needs 'keep_going: true'")
        }
        return policy
    }

    /// Against the job file's folder, byte for byte: `..` is left to the system, which knows links.
    private func resolved(_ path: String) -> String {
        path.utf8.first == UInt8(ascii: "/") || folder.isEmpty
            ? path : folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }

    // MARK: Key

    private mutating func key(_ node: JobNode?) -> KeyChoice? {
        var choice = KeyChoice()
        guard let node else { return choice }
        if let ids = node["id"] {
            choice.names = (ids.items ?? [ids]).compactMap { $0.scalar?.text }
            checkDuplicates(ids.items ?? [])
        }
        if let context = node["context"] {
            choice.context = ContextRules.context(of: context, &findings)
        }
        let service = node["service"]?.scalar?.text ?? "embedded"
        let region = node.entry("region")
        choice.restoreProfile = restoreProfile(node, service)
        if service == "embedded" {
            if let region, node["service"]?.isUnknown != true {
                findings.error(
                    .invalidValue, at: region.keyPosition,
                    "the embedded service has no region",
                    hint: "remove it, or name a service by URL")
            }
        } else if let region {
            choice.service = .endpoint(url: service, region: region.value.scalar?.text ?? "")
        } else if let entry = node.entry("service"), TextRule.service.problem(service) == nil {
            choice.service = .endpoint(url: service, region: environmentRegion(for: entry))
        }
        return choice
    }

    private mutating func restoreProfile(_ node: JobNode, _ service: String) -> String? {
        guard let profile = node.entry("restore_profile") else { return nil }
        if service == "embedded", node["service"]?.isUnknown != true {
            findings.error(
                .invalidValue, at: profile.keyPosition,
                "the embedded service does not tell callers apart: it has no profiles",
                hint: "remove it, or name a service by URL")
        }
        return profile.value.scalar?.text
    }

    /// The region of a service whose job file leaves that to the environment.
    private mutating func environmentRegion(for service: JobNode.Entry) -> String {
        guard let region = KeyChoice.Service.region(in: environment) else {
            findings.error(
                .missingKey, at: service.keyPosition, "a service with a URL needs a 'region'",
                hint: "write it here, or set AWS_REGION")
            return ""
        }
        if let problem = TextRule.region.problem(region) {
            findings.error(
                .invalidValue, at: service.keyPosition,
                "AWS_REGION or AWS_DEFAULT_REGION: \(problem.message)")
        }
        return region
    }

    private mutating func checkDuplicates(_ ids: [JobNode]) {
        var seen: Set<KeyName> = []
        for id in ids {
            if let text = id.scalar?.text, let name = try? KeyName(text),
                !seen.insert(name).inserted
            {
                findings.error(.invalidValue, at: id.position, "\(text.quoted) is there twice")
            }
        }
    }

    // MARK: Input and output

    /// The key that says which, and what is written under it; nil where that is none or several.
    func choice(_ node: JobNode, of keys: [String]) -> (key: String, value: JobNode?)? {
        if let scalar = node.scalar {
            return keys.contains(scalar.text) ? (scalar.text, nil) : nil
        }
        let found = node.entries?.filter { keys.contains($0.key) } ?? []
        return found.count == 1 ? (found[0].key, found[0].value) : nil
    }

    static let inputs = ["paths", "stdin", "command", "archive"]
    static let outputs = ["archive", "directory", "stdout", "discard"]

    private mutating func input(_ node: JobNode) -> Input? {
        guard let (key, value) = choice(node, of: Self.inputs) else { return nil }
        switch key {
        case "paths":
            return .paths(
                sources(value?.items ?? []), exclude: globs(node["exclude"]),
                oneFileSystem: node["one_file_system"]?.scalar?.boolean ?? false)
        case "stdin":
            return .stdin(name: value?["name"]?.scalar?.text ?? "stdin")
        case "command":
            let nodes = value?.items ?? []
            SecretRules.checkCommand(nodes, &findings)
            return command(nodes, name: node["name"]?.scalar?.text)
        default:
            guard let path = value?.scalar?.text else { return nil }
            let sample = node["sample"]?.scalar.flatMap { try? Percentage($0.text) }
            return .archive(
                path: resolved(path), select: globs(node["select"]), sample: sample ?? .all)
        }
    }

    func globs(_ node: JobNode?) -> [Glob] {
        (node?.items ?? []).compactMap { item in item.scalar.flatMap { try? Glob($0.text) } }
    }

    private mutating func sources(_ nodes: [JobNode]) -> [Source] {
        var lines: [[UInt8]: Position] = [:]
        return nodes.compactMap { node -> Source? in
            let path = (node["path"] ?? node).scalar?.text
            guard let path, !path.isEmpty, !(node["as"]?.isUnknown ?? false) else { return nil }
            guard let name = node["as"]?.scalar?.text ?? Self.lastComponent(of: path) else {
                findings.error(
                    .invalidValue, at: node.position, "\(path.quoted) ends in no name",
                    hint: "write { path: \(path), as: NAME }")
                return nil
            }
            if let earlier = lines.updateValue(node.position, forKey: Array(name.utf8)) {
                var first = "an earlier source"
                if case .file(let line, _) = earlier { first = "the source on line \(line)" }
                findings.error(
                    .duplicateSource, at: node.position,
                    "\(first) is called \(name.quoted) in the archive too",
                    hint: "write { path: \(path), as: OTHER_NAME }")
            }
            return Source(path: resolved(path), name: name)
        }
    }

    /// Nil where a path ends in `.`, `..` or at the root.
    static func lastComponent(of path: String) -> String? {
        guard let last = path.utf8.split(separator: UInt8(ascii: "/")).last else { return nil }
        let name = String(Substring(last))
        return name == "." || name == ".." ? nil : name
    }

    private mutating func command(_ nodes: [JobNode], name: String?) -> Input? {
        var arguments = nodes.compactMap { $0.scalar?.text }
        guard let program = arguments.first else { return nil }
        guard let base = Self.lastComponent(of: program) else {
            findings.error(
                .invalidValue, at: nodes[0].position, "\(program.quoted) names no program")
            return nil
        }
        // A name alone is looked up in PATH; a path is one of the job file's.
        if program.utf8.contains(UInt8(ascii: "/")) { arguments[0] = resolved(program) }
        return .command(arguments: arguments, name: name ?? base)
    }

    private func output(_ node: JobNode) -> Output? {
        guard let (key, value) = choice(node, of: Self.outputs) else { return nil }
        switch key {
        case "stdout": return .stdout
        case "discard": return .discard
        default:
            guard let path = value?.scalar?.text else { return nil }
            if key == "archive" { return .archive(path: resolved(path)) }
            let policy = node["overwrite"]?.scalar.flatMap {
                Output.OverwritePolicy(rawValue: $0.text)
            }
            return .directory(path: resolved(path), overwrite: policy ?? .refuse)
        }
    }
}
