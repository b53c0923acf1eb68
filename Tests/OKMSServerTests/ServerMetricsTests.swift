import Testing

@testable import OKMSServer

@Suite struct ServerMetricsTests {
    @Test func `a latency belongs to the first bound it is not above`() {
        var histogram = LatencyHistogram()
        for seconds in [0.000_05, 0.000_1, 0.003, 7] { histogram.add(seconds: seconds) }
        #expect(histogram.counts.first == 2 && histogram.counts.last == 1)
        #expect(histogram.counts[5] == 1 && histogram.count == 4)
    }

    @Test func `what a server counts is on its page`() {
        let metrics = ServerMetrics()
        metrics.answered(action: "Encrypt", outcome: "ok", seconds: 0.001)
        metrics.answered(action: "Encrypt", outcome: "ok", seconds: 0.001)
        metrics.throttled()
        metrics.authenticationFailed(locks: true)
        metrics.connections.opened()
        metrics.answered(action: "none", outcome: "ok", seconds: 7)
        let page = metrics.page([MetricLine(.gauge, "other", "Another.", 1.5)])
        for line in [
            "okmsd_requests_total{action=\"Encrypt\",outcome=\"ok\"} 2", "okmsd_throttled_total 1",
            "okmsd_authentication_failures_total 1", "okmsd_lockouts_total 1",
            "okmsd_connections 1", "okmsd_request_duration_seconds_bucket{le=\"0.001\"} 2",
            "okmsd_request_duration_seconds_bucket{le=\"5.0\"} 2",
            "okmsd_request_duration_seconds_bucket{le=\"+Inf\"} 3", "other 1.5",
        ] {
            #expect(page.contains("\n\(line)\n"), "\(line)")
        }
    }
}
