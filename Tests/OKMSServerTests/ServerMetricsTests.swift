import Testing

@testable import OKMSServer

@Suite struct MetricsPageTests {
    @Test func `counters carry help, type and labels`() {
        var page = MetricsPage()
        page.counter("a_total", "What it is.", [([("k", "v\"\\\n")], 2), ([], 1)])
        #expect(
            page.text == """
                # HELP a_total What it is.
                # TYPE a_total counter
                a_total 1
                a_total{k="v\\"\\\\\\n"} 2

                """)
    }

    @Test func `a histogram counts what is below each bound`() {
        var histogram = LatencyHistogram()
        for seconds in [0.000_05, 0.000_1, 0.003, 7] { histogram.add(seconds: seconds) }
        var page = MetricsPage()
        page.histogram("d", "Durations.", histogram)
        #expect(page.text.contains("d_bucket{le=\"0.0001\"} 2\n"))
        #expect(page.text.contains("d_bucket{le=\"0.0025\"} 2\n"))
        #expect(page.text.contains("d_bucket{le=\"0.005\"} 3\n"))
        #expect(page.text.contains("d_bucket{le=\"+Inf\"} 4\n"))
        #expect(page.text.contains("d_count 4\n"))
    }

    @Test func `what a server counts is on its page`() {
        let metrics = ServerMetrics()
        metrics.answered(action: "Encrypt", outcome: "ok", seconds: 0.001)
        metrics.answered(action: "Encrypt", outcome: "ok", seconds: 0.001)
        metrics.throttled()
        metrics.authenticationFailed(locks: true)
        metrics.connections.opened()
        let page = metrics.page([MetricLine(.gauge, "other", "Another.", 1.5)])
        for line in [
            "okmsd_requests_total{action=\"Encrypt\",outcome=\"ok\"} 2", "okmsd_throttled_total 1",
            "okmsd_authentication_failures_total 1", "okmsd_lockouts_total 1",
            "okmsd_connections 1", "other 1.5",
        ] {
            #expect(page.contains("\n\(line)\n"), "\(line)")
        }
    }
}
