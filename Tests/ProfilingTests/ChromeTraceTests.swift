import Foundation
import Testing

@testable import Pipeline
@testable import Profiling

@Suite struct ChromeTraceTests {
    private static func report() -> FlowReport {
        var work = FlowTrace.Event(.work, of: "compress", on: 1, at: 1_234_567)
        work.nanoseconds = 2_000_005
        (work.bytesIn, work.bytesOut) = (100, 25)
        var wait = FlowTrace.Event(.inputWait, of: "store", on: 0, at: 5)
        wait.nanoseconds = 1
        var report = FlowReport()
        report.trace = FlowTrace(events: [wait, work], tracks: ["store", "workers \"1\""])
        report.trace?.dropped = 7
        report.trace?.pipelineStart = 500_000
        report.queues = [FlowReport.Queue(name: "packed", capacity: 5, from: nil, to: nil)]
        report.samples = [
            FlowReport.Sample(
                seconds: 0.1, processorSeconds: 0, residentBytes: 4096, stages: [], depths: [3]),
            // Before the queue was there.
            FlowReport.Sample(
                seconds: 0.2, processorSeconds: 0, residentBytes: 8192, stages: [], depths: []),
        ]
        return report
    }

    private func object(_ report: FlowReport) throws -> [String: Any] {
        let trace = try #require(ChromeTrace(report, job: "a\u{1}\"job", tool: "sealpipe 1"))
        let value = try JSONSerialization.jsonObject(with: Data(trace.json.utf8))
        return try #require(value as? [String: Any])
    }

    private func events(_ report: FlowReport) throws -> [[String: Any]] {
        try #require(object(report)["traceEvents"] as? [[String: Any]])
    }

    @Test func `every event has the members that its kind needs`() throws {
        for event in try events(Self.report()) {
            #expect(event["name"] is String && event["pid"] is Int && event["tid"] is Int)
            #expect(event["ts"] is NSNumber && event["args"] is [String: Any])
            let phase = try #require(event["ph"] as? String)
            #expect(["M", "X", "C"].contains(phase))
            if phase == "X" { #expect(event["dur"] is NSNumber && event["cat"] is String) }
        }
    }

    @Test func `times are microseconds, and bytes stand beside them`() throws {
        let work = try #require(events(Self.report()).first { $0["cat"] as? String == "work" })
        #expect(work["ts"] as? Double == 1234.567 && work["dur"] as? Double == 2000.005)
        #expect(work["args"] as? [String: Int] == ["bytes_in": 100, "bytes_out": 25])
        #expect(work["name"] as? String == "compress" && work["tid"] as? Int == 2)
        let wait = try #require(events(Self.report()).first { $0["cat"] as? String == "wait" })
        #expect(wait["name"] as? String == "waits for input" && wait["ts"] as? Double == 0.005)
    }

    @Test func `tracks have the names of their threads`() throws {
        let names = try events(Self.report()).filter { $0["name"] as? String == "thread_name" }
            .map { ($0["args"] as? [String: String])?["name"] }
        #expect(names == ["store", "workers \"1\""])
    }

    @Test func `queues and memory are counters, from the pipeline's start on`() throws {
        let counters = try events(Self.report()).filter { $0["ph"] as? String == "C" }
        #expect(
            counters.map { $0["name"] as? String } == ["queue packed", "memory", "memory"])
        #expect(counters.map { $0["ts"] as? Double } == [100_500, 100_500, 200_500])
        #expect(
            counters.map { ($0["args"] as? [String: Int]) ?? [:] } == [
                ["items": 3], ["bytes": 4096], ["bytes": 8192],
            ])
    }

    @Test func `what is missing is told, and a run that was not traced has none`() throws {
        let other = try #require(object(Self.report())["otherData"] as? [String: Any])
        #expect(other["dropped_events"] as? Int == 7)
        let isThere = ChromeTrace(FlowReport(), job: "a", tool: "b") != nil
        #expect(!isThere)
    }
}
