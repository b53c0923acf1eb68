import Testing

@testable import Profiling

@Suite struct ScaleTests {
    private static let bytes: [(Double, String)] = [
        (0.0, "1 B/s"), (700.0, "1000 B/s"), (1024.0, "1 KiB/s"), (3072.0, "5 KiB/s"),
        (188_743_680.0, "200 MiB/s"), (2_147_483_648.0, "2 GiB/s"),
    ]

    @Test(arguments: bytes)
    func `an axis of bytes ends at a round number`(value: Double, label: String) {
        let scale = Scale.bytes(upTo: value, per: "/s")
        #expect(scale.label == label)
        #expect(scale.top >= value)
    }

    private static let spans: [(Double, Double, [String])] = [
        (2.31, 2.71, ["2.3", "2.4", "2.5", "2.6", "2.7", "2.8"]), (0, 0, ["0", "1"]),
        (3, 3, ["2", "3", "4"]), (0.99, 40.2, ["0", "10", "20", "30", "40", "50"]),
    ]

    @Test(arguments: spans)
    func `an axis that spans values has marks around them`(
        least: Double, most: Double, labels: [String]
    ) {
        let span = Scale.span(from: least, to: most)
        #expect(span.marks.map(\.label) == labels)
        #expect(span.bottom <= least && span.top >= most)
        #expect(0...1 ~= span.share(of: least) && 0...1 ~= span.share(of: most))
    }

    private static let times: [(Double, [String])] = [
        (0.04, ["0 s", "0.01 s", "0.02 s", "0.03 s", "0.04 s"]),
        (20.0, ["0 s", "5 s", "10 s", "15 s", "20 s"]),
        (300.0, ["0 min", "1 min", "2 min", "3 min", "4 min", "5 min"]),
        (36_000.0, ["0 h", "2 h", "4 h", "6 h", "8 h", "10 h"]), (0.0, []),
    ]

    @Test(arguments: times)
    func `an axis of time has a few labels in one unit`(seconds: Double, labels: [String]) {
        #expect(Scale.times(upTo: seconds).map(\.label) == labels)
    }

    @Test func `figures are short`() {
        #expect(Figure.seconds(0.123) == "0.12 s" && Figure.seconds(5000) == "83 min 20 s")
        #expect(Figure.latency(milliseconds: 0.02) == "20.0 µs")
        #expect(Figure.latency(milliseconds: 2500) == "2.50 s")
        #expect(Figure.count(1_234_567) == "1\u{202f}234\u{202f}567" && Figure.count(12) == "12")
        #expect(Figure.shortCount(12_345_678) == "12.3 million")
        #expect(Figure.digits(9.999) == "10.0")
    }
}
