internal import OKMS

extension Job {
    /// The job as a job file: complete, without variables, read back as the same job by a file in
    /// the current folder.
    package var yaml: String {
        var text = "version: 1\nname: \(Self.scalar(name))\n"
        if key != KeyChoice() { text += keyText }
        text += "input:\n" + inputText
        text += stageLines.isEmpty ? "" : "stages:\n" + stageLines.map { "  - \($0)\n" }.joined()
        text += "output:\n" + outputText
        text += expectText
        if let workers = limits.workers { text += "limits:\n  workers: \(workers)\n" }
        if report != Report() { text += "report:\n" }
        if let metrics = report.metrics { text += "  metrics: \(Self.scalar(metrics))\n" }
        if let evidence = report.evidence { text += "  evidence: \(Self.scalar(evidence))\n" }
        return text
    }

    private var keyText: String {
        var text = "key:\n"
        switch key.service {
        case .embedded: text += "  service: embedded\n"
        case .endpoint(let url, let region):
            text += "  service: \(Self.scalar(url))\n  region: \(Self.scalar(region))\n"
        }
        text += "  id: " + (key.names.count == 1 ? Self.scalar(key.names[0]) : Self.list(key.names))
        text += "\n"
        if let profile = key.restoreProfile {
            text += "  restore_profile: \(Self.scalar(profile))\n"
        }
        if !key.context.isEmpty { text += "  context:\n" }
        for pair in key.context.pairs {
            let key = String(decoding: pair.key, as: UTF8.self)
            let value = String(decoding: pair.value, as: UTF8.self)
            text += "    \(Self.scalar(key, isKey: true)): \(Self.scalar(value))\n"
        }
        return text
    }

    private var inputText: String {
        switch input {
        case .paths(let sources, let exclude, let oneFileSystem):
            let lines = sources.map { source in
                let isShort =
                    JobBuilder.lastComponent(of: source.path)?.utf8.elementsEqual(source.name.utf8)
                return isShort == true
                    ? "    - \(Self.scalar(source.path))\n"
                    : "    - path: \(Self.scalar(source.path))\n"
                        + "      as: \(Self.scalar(source.name))\n"
            }
            return "  paths:\n" + lines.joined() + Self.globs("exclude", exclude)
                + (oneFileSystem ? "  one_file_system: true\n" : "")
        case .stdin(let name):
            return "  stdin:\n    name: \(Self.scalar(name))\n"
        case .command(let arguments, let name):
            return "  command: \(Self.list(arguments))\n  name: \(Self.scalar(name))\n"
        case .archive(let path, let select, let sample):
            return "  archive: \(Self.scalar(path))\n" + Self.globs("select", select)
                + (damage.replica.map { "  replica: \(Self.scalar($0))\n" } ?? "")
                + (sample == .all ? "" : "  sample: \(sample)\n")
        }
    }

    private var stageLines: [String] {
        var lines: [String] = []
        let opens = stages.decrypts || stages.decompresses || stages.verifies
        if !opens { lines.append("chunk: { size: \(ByteSize.text(stages.chunkByteCount)) }") }
        if let compression = stages.compression {
            let codec = compression.codec.rawValue
            lines.append("compress: { codec: \(codec), level: \(compression.level) }")
        }
        if let encryption = stages.encryption {
            let frame = ByteSize.text(encryption.frameByteCount)
            let part = ByteSize.text(encryption.partByteCount)
            lines.append("encrypt: { frame: \(frame), part: \(part) }")
        }
        if stages.decrypts { lines.append("decrypt") }
        if stages.decompresses { lines.append("decompress") }
        if stages.verifies { lines.append("verify") }
        return lines
    }

    private var outputText: String {
        switch output {
        case .archive(let path): "  archive: \(Self.scalar(path))\n"
        case .directory(let path, let overwrite):
            "  directory: \(Self.scalar(path))\n  overwrite: \(overwrite.rawValue)\n"
                + (damage.keepsGoing ? "  keep_going: true\n" : "")
                + (damage.keepsDamagedFiles ? "  keep_damaged: true\n" : "")
        case .stdout: "  stdout: {}\n"
        case .discard: "  discard: {}\n"
        }
    }

    private var expectText: String {
        guard expectations != Expectations() else { return "" }
        var text = "expect:\n"
        if let count = expectations.minEntries { text += "  min_entries: \(count)\n" }
        if let count = expectations.minBytes { text += "  min_bytes: \(ByteSize.text(count))\n" }
        if let share = expectations.maxShrink { text += "  max_shrink: \(share)\n" }
        return text + Self.globs("required_paths", expectations.requiredPaths)
    }

    // MARK: Pieces of YAML

    private static func globs(_ key: String, _ globs: [Glob]) -> String {
        globs.isEmpty ? "" : "  \(key): \(list(globs.map(\.text)))\n"
    }

    private static func list(_ texts: [String]) -> String {
        "[" + texts.map { scalar($0) }.joined(separator: ", ") + "]"
    }

    /// Plain where nothing can be misread, else in double quotes.
    private static func scalar(_ text: String, isKey: Bool = false) -> String {
        let text = isKey ? text : Template.escaping(text)
        let isPlain =
            text.utf8.first.map { $0 != UInt8(ascii: "-") } ?? false
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: "/"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        let isText = CoreType(plain: text) == .text && !isWordOfYAML11(text)
        return isPlain && isText
            ? text : JSONText.quoted(text)
    }

    /// Booleans to older readers of YAML.
    private static func isWordOfYAML11(_ text: String) -> Bool {
        ["y", "n", "yes", "no", "on", "off"].contains(text.lowercased())
    }
}
