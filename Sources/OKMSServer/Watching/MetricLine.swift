/// One number that another part counts.
package struct MetricLine: Sendable {
    package enum Kind: String, Sendable { case counter, gauge }

    let name: String
    let help: String
    let kind: Kind
    let value: Double

    package init(_ kind: Kind, _ name: String, _ help: String, _ value: Double) {
        self.kind = kind
        self.name = name
        self.help = help
        self.value = value
    }
}

/// Writes metrics as Prometheus reads them.
struct MetricsPage {
    private(set) var text = ""

    mutating func counter(
        _ name: String, _ help: String, _ values: [([(String, String)], Double)]
    ) {
        begin(name, help, "counter")
        let lines = values.map { labels, value in
            "\(name)\(Self.labels(labels)) \(Self.number(value))\n"
        }
        text += lines.sorted().joined()
    }

    mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        begin(name, help, "gauge")
        text += "\(name) \(Self.number(value))\n"
    }

    mutating func add(_ line: MetricLine) {
        begin(line.name, line.help, line.kind.rawValue)
        text += "\(line.name) \(Self.number(line.value))\n"
    }

    mutating func histogram(_ name: String, _ help: String, _ histogram: LatencyHistogram) {
        begin(name, help, "histogram")
        var below: UInt64 = 0
        for (bound, count) in zip(LatencyHistogram.bounds, histogram.counts) {
            below += count
            text += "\(name)_bucket{le=\"\(bound)\"} \(below)\n"
        }
        text += "\(name)_bucket{le=\"+Inf\"} \(histogram.count)\n"
        text += "\(name)_sum \(histogram.sum)\n\(name)_count \(histogram.count)\n"
    }

    private mutating func begin(_ name: String, _ help: String, _ kind: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    private static func labels(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }

    /// Whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
