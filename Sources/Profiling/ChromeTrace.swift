import Jobs
package import Pipeline

/// A traced run as Chrome trace events, an event a line, as Perfetto and chrome://tracing open them: a
/// track a thread, complete events for what it did and waited for, counters for queues and memory.
/// Source: "Trace Event Format", §§ JSON Object Format, Complete Events, Counter Events, Metadata Events.
package struct ChromeTrace {
    private let trace: FlowTrace
    private let report: FlowReport
    private let job: String
    private let tool: String

    /// Nil where the run was not traced.
    package init?(_ report: FlowReport, job: String, tool: String) {
        guard let trace = report.trace else { return nil }
        (self.trace, self.report, self.job, self.tool) = (trace, report, job, tool)
    }

    /// How many events are missing at the end: there is room for so many only.
    package var dropped: Int { trace.dropped }

    package var json: String {
        var text = "{\"displayTimeUnit\":\"ms\",\"otherData\":{"
        text += "\"tool\":\(JSONText.quoted(tool)),\"job\":\(JSONText.quoted(job)),"
        text += "\"dropped_events\":\(dropped)},\n\"traceEvents\":[\n"
        text += "{\"ph\":\"M\",\"pid\":1,\"tid\":0,\"ts\":0,\"name\":\"process_name\","
        text += "\"args\":{\"name\":\(JSONText.quoted(job))}}"
        for (track, name) in trace.tracks.enumerated() { text += ",\n" + metadata(track, name) }
        for event in trace.events { text += ",\n" + complete(event) }
        for sample in report.samples { text += counters(sample).map { ",\n" + $0 }.joined() }
        return text + "\n]}\n"
    }

    private func metadata(_ track: Int, _ name: String) -> String {
        let head = "{\"ph\":\"M\",\"pid\":1,\"tid\":\(track + 1),\"ts\":0,\"name\":"
        return head + "\"thread_name\",\"args\":{\"name\":\(JSONText.quoted(name))}},\n" + head
            + "\"thread_sort_index\",\"args\":{\"sort_index\":\(track)}}"
    }

    private func complete(_ event: FlowTrace.Event) -> String {
        let (name, category) =
            switch event.kind {
            case .stage: (event.stage, "stage")
            case .work: (event.stage, "work")
            case .inputWait: ("waits for input", "wait")
            case .outputWait: ("waits for room", "wait")
            }
        let bytes = [("bytes_in", event.bytesIn), ("bytes_out", event.bytesOut)]
            .compactMap { name, count in count.map { "\"\(name)\":\($0)" } }
        return "{\"ph\":\"X\",\"pid\":1,\"tid\":\(event.track + 1),"
            + "\"ts\":\(Self.microseconds(event.start)),"
            + "\"dur\":\(Self.microseconds(event.nanoseconds)),"
            + "\"name\":\(JSONText.quoted(name)),\"cat\":\"\(category)\","
            + "\"args\":{\(bytes.joined(separator: ","))}}"
    }

    private func counters(_ sample: FlowReport.Sample) -> [String] {
        let time = Self.microseconds(trace.pipelineStart + Int(sample.seconds * 1e9))
        func counter(_ name: String, _ unit: String, _ value: Int) -> String {
            "{\"ph\":\"C\",\"pid\":1,\"tid\":0,\"ts\":\(time),\"name\":\(JSONText.quoted(name)),"
                + "\"args\":{\"\(unit)\":\(value)}}"
        }
        return zip(report.queues, sample.depths).map { counter("queue \($0.name)", "items", $1) }
            + [counter("memory", "bytes", sample.residentBytes)]
    }

    /// To a nanosecond, as the format counts.
    private static func microseconds(_ nanoseconds: Int) -> String {
        let fraction = "\(1000 + nanoseconds % 1000)".dropFirst()
        return "\(nanoseconds / 1000).\(fraction)"
    }
}
