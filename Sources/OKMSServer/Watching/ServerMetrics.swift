private import Prometheus
private import NIOConcurrencyHelpers

/// What a server counts for its operators, since it was started.
package final class ServerMetrics: Sendable {
    struct Request: Hashable {
        /// An action's name, or `none` where a request named none that exists.
        let action: String
        /// `ok`, or the error's name.
        let outcome: String
    }

    private struct State {
        var requests: [Request: UInt64] = [:]
        var latency = LatencyHistogram()
        var throttled: UInt64 = 0
        var authenticationFailures: UInt64 = 0
        var lockouts: UInt64 = 0
        var refusedConnections: UInt64 = 0
    }

    private let state = NIOLockedValueBox(State())
    let connections = ConnectionMeters()

    package init() {}

    func answered(action: String, outcome: String, seconds: Double) {
        state.withLockedValue { state in
            state.requests[Request(action: action, outcome: outcome), default: 0] += 1
            state.latency.add(seconds: seconds)
        }
    }

    func throttled() { state.withLockedValue { $0.throttled += 1 } }

    func authenticationFailed(locks: Bool) {
        state.withLockedValue { state in
            state.authenticationFailures += 1
            if locks { state.lockouts += 1 }
        }
    }

    func refusedConnection() { state.withLockedValue { $0.refusedConnections += 1 } }

    /// All of it in Prometheus' text format, together with what others count.
    func page(_ others: [MetricLine] = []) -> String {
        let state = state.withLockedValue { $0 }
        var page = MetricsPage()
        page.counter(
            "okmsd_requests_total", "Requests answered, by action and outcome.",
            state.requests.map { request, count in
                ([("action", request.action), ("outcome", request.outcome)], Double(count))
            })
        page.histogram(
            "okmsd_request_duration_seconds", "From a request's last byte to its answer.",
            buckets: Array(zip(LatencyHistogram.bounds, state.latency.counts)),
            count: state.latency.count, sum: state.latency.sum)
        page.counter(
            "okmsd_throttled_total", "Requests over a rate limit.", [([], Double(state.throttled))])
        page.counter(
            "okmsd_authentication_failures_total",
            "Requests with an unknown access key or a wrong signature.",
            [([], Double(state.authenticationFailures))])
        page.counter(
            "okmsd_lockouts_total", "Access keys and origins locked after failures in a row.",
            [([], Double(state.lockouts))])
        page.counter(
            "okmsd_refused_connections_total",
            "Connections ended because what was sent broke a limit or was no HTTP.",
            [([], Double(state.refusedConnections))])
        page.counter(
            "okmsd_connections_total", "Connections accepted.",
            [([], Double(connections.totalCount))])
        page.gauge(
            "okmsd_connections", "Connections open.", [([], Double(connections.openCount))])
        for line in others { line.add(to: &page) }
        return page.text
    }
}
