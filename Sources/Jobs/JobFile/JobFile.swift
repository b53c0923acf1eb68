/// Reads a job file: YAML, settings, variables, shape, meaning, in this order; all errors at once.
package enum JobFile {
    /// More than any honest job file has.
    package static let byteLimit = 1 << 20

    /// The job, unless an error is among the diagnostics, which are sorted by position.
    ///
    /// `path` is where the file stands: relative paths in it start from its folder. `settings` are
    /// the arguments of `--set`. Of the environment only declared variables are looked up, and the
    /// region of a service that is named without one.
    package static func load(
        text: [UInt8], path: String, settings: [String] = [], environment: [String: String] = [:]
    ) -> (job: Job?, diagnostics: [Diagnostic]) {
        var findings = Findings()
        let job = load(text, path: path, settings: settings, environment, &findings)
        let shown = settings.map { Setting.shownPath($0) }
        return (job, findings.diagnostics(path: path, settings: shown))
    }

    package static func load(
        text: String, path: String, settings: [String] = [], environment: [String: String] = [:]
    ) -> (job: Job?, diagnostics: [Diagnostic]) {
        load(text: Array(text.utf8), path: path, settings: settings, environment: environment)
    }

    private static func load(
        _ bytes: [UInt8], path: String, settings: [String], _ environment: [String: String],
        _ findings: inout Findings
    ) -> Job? {
        guard let text = decoded(bytes, &findings) else { return nil }
        guard var root = YAMLReader.read(text, &findings) else {
            if !findings.hasErrors {
                findings.error(.syntax, at: .start, "the job file is empty")
            }
            return nil
        }
        let written = root
        apply(settings, to: &root, &findings)
        var variables = Variables(declaredIn: root, environment: environment)
        // What a setting replaces on the command line is used in the file all the same.
        variables.noteUse(in: written)
        root = variables.replaced(in: root, &findings)
        var check = ShapeCheck(findings: findings)
        check.check(root: root)
        var builder = JobBuilder(
            root: root, folder: folder(of: path), environment: environment,
            findings: check.findings)
        let job = builder.build()
        findings = builder.findings
        return job
    }

    private static func apply(
        _ settings: [String], to root: inout JobNode, _ findings: inout Findings
    ) {
        for (index, argument) in settings.enumerated() {
            do throws(Setting.Invalid) {
                let setting = try Setting(argument)
                SettingApplication(setting: setting, index: index).apply(to: &root, &findings)
            } catch {
                findings.error(
                    .invalidSetting, at: .setting(index), error.message, hint: error.hint)
            }
        }
    }

    /// Everything before the last slash; empty for a file in the current folder.
    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        let folder = String(path[..<slash])
        return folder.isEmpty ? "/" : folder
    }

    /// UTF-8 without control characters, a byte order mark dropped; nil where it is anything else.
    private static func decoded(_ bytes: [UInt8], _ findings: inout Findings) -> String? {
        guard bytes.count <= byteLimit else {
            findings.error(
                .tooLarge, at: .start, "a job file has at most \(ByteSize.text(byteLimit))")
            return nil
        }
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let bytes = bytes.starts(with: mark) ? bytes[3...] : bytes[...]
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var line = 1
        var column = 1
        var text = String.UnicodeScalarView()
        while true {
            switch decoder.decode(&iterator) {
            case .emptyInput:
                return String(text)
            case .error:
                findings.error(.encoding, at: .file(line: line, column: column), "not UTF-8")
                return nil
            case .scalarValue(let scalar):
                guard isPrintable(scalar) else {
                    let name = String(scalar).quoted
                    findings.error(
                        .encoding, at: .file(line: line, column: column),
                        "control characters are not allowed, and here is \(name)")
                    return nil
                }
                text.append(scalar)
                (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
            }
        }
    }

    /// Source: YAML 1.2.2 §5.1.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a, 0x0d, 0x20...0x7e, 0x85, 0xa0...0xfefe, 0xff00...0xfffd, 0x1_0000...:
            true
        default: false
        }
    }
}
