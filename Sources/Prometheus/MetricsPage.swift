/// Writes metrics as Prometheus reads them.
///
/// **Source:** prometheus.io, "Exposition formats", text format 0.0.4.
package struct MetricsPage {
    package typealias Labels = [(String, String)]

    package private(set) var text = ""

    package init() {}

    package mutating func counter(_ name: String, _ help: String, _ values: [(Labels, Double)]) {
        add(name, help, "counter", values)
    }

    package mutating func gauge(_ name: String, _ help: String, _ values: [(Labels, Double)]) {
        add(name, help, "gauge", values)
    }

    /// `buckets` are upper bounds, each with the count of what lies above the one before it.
    package mutating func histogram(
        _ name: String, _ help: String, buckets: [(bound: Double, count: UInt64)], count: UInt64,
        sum: Double
    ) {
        begin(name, help, "histogram")
        var below: UInt64 = 0
        for bucket in buckets {
            below += bucket.count
            text += "\(name)_bucket{le=\"\(bucket.bound)\"} \(below)\n"
        }
        text += "\(name)_bucket{le=\"+Inf\"} \(count)\n"
        text += "\(name)_sum \(sum)\n\(name)_count \(count)\n"
    }

    /// A metric with its labels, as it stands before its value.
    package static func series(_ name: String, _ labels: Labels) -> String {
        guard !labels.isEmpty else { return name }
        let pairs = labels.map { "\($0)=\"\(escaped($1))\"" }
        return "\(name){\(pairs.joined(separator: ","))}"
    }

    private mutating func add(
        _ name: String, _ help: String, _ kind: String, _ values: [(Labels, Double)]
    ) {
        begin(name, help, kind)
        let lines = values.map { labels, value in
            "\(Self.series(name, labels)) \(Self.number(value))\n"
        }
        text += lines.sorted().joined()
    }

    private mutating func begin(_ name: String, _ help: String, _ kind: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
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
