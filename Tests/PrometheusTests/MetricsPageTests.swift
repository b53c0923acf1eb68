import Prometheus
import Testing

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

    @Test func `gauges may have fractions`() {
        var page = MetricsPage()
        page.gauge("b", "What.", [([("k", "v"), ("l", "w")], 1.5)])
        #expect(page.text == "# HELP b What.\n# TYPE b gauge\nb{k=\"v\",l=\"w\"} 1.5\n")
    }

    @Test func `a histogram counts what is below each bound`() {
        var page = MetricsPage()
        page.histogram("d", "Durations.", buckets: [(0.0001, 2), (0.5, 1)], count: 4, sum: 7.25)
        #expect(
            page.text == """
                # HELP d Durations.
                # TYPE d histogram
                d_bucket{le="0.0001"} 2
                d_bucket{le="0.5"} 3
                d_bucket{le="+Inf"} 4
                d_sum 7.25
                d_count 4

                """)
    }
}
