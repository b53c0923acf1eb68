import Prometheus

/// One number that another part counts.
package struct MetricLine: Sendable {
    package enum Kind: Sendable { case counter, gauge }

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

    func add(to page: inout MetricsPage) {
        switch kind {
        case .counter: page.counter(name, help, [([], value)])
        case .gauge: page.gauge(name, help, [([], value)])
        }
    }
}
