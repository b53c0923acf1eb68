import Pipeline
import Testing

@testable import Jobs

@Suite struct RunMetricsTests {
    private func metrics(set: String = "set", started: Double = 1000.5) -> RunMetrics {
        RunMetrics(
            of: Job(
                name: "night", input: .stdin(name: "x"),
                stages: Stages(compression: .init(), encryption: .init()),
                output: .archive(path: set), limits: Limits(workers: 2)),
            tool: "sealpipe 1", started: started)
    }

    private var summary: RunSummary {
        var summary = RunSummary(job: "night")
        summary.seconds = 20
        summary.entries = 7
        summary.contentBytes = 1 << 40
        var (calls, stage) = (
            StageMeter.Reading("key service", at: .outside), StageMeter.Reading("pack")
        )
        (calls.items, calls.busySeconds) = (2, 0.25)
        (stage.items, stage.busySeconds, stage.inputWaitSeconds) = (3, 1.5, 4)
        summary.report.stages = [calls, stage, stage]
        return summary
    }

    private func lines(_ page: String) -> Set<String> {
        Set(page.split(separator: "\n").map(String.init))
    }

    @Test func `a page tells of the run, its calls and its stages`() {
        let lines = lines(metrics().page(summary, .done, earlier: ""))
        for line in [
            "# TYPE sealpipe_run_duration_seconds gauge",
            "sealpipe_run_start_time_seconds{job=\"night\"} 1000.5",
            "sealpipe_run_duration_seconds{job=\"night\"} 20",
            "sealpipe_run_running{job=\"night\"} 0", "sealpipe_run_success{job=\"night\"} 1",
            "sealpipe_run_exit_status{job=\"night\"} 0",
            "sealpipe_last_success_time_seconds{job=\"night\"} 1020.5",
            "sealpipe_run_entries{job=\"night\"} 7",
            "sealpipe_run_content_bytes{job=\"night\"} 1099511627776",
            "sealpipe_run_key_calls{job=\"night\"} 2",
            "sealpipe_run_key_seconds{job=\"night\"} 0.25",
            // Two stages of one name: one series.
            "sealpipe_stage_items{job=\"night\",stage=\"pack\"} 6",
            "sealpipe_stage_busy_seconds{job=\"night\",stage=\"pack\"} 3",
            "sealpipe_stage_input_wait_seconds{job=\"night\",stage=\"pack\"} 8",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test func `the labels of a run are escaped`() throws {
        let page = metrics(set: "a\"b\\c\nd").page(summary, nil, earlier: "")
        let line = try #require(
            page.split(separator: "\n").first { $0.hasPrefix("sealpipe_run_info{") })
        #expect(line.contains(",set=\"a\\\"b\\\\c\\nd\","))
        #expect(line.contains("level=\"3\"") && line.contains("workers=\"2\""))
        #expect(line.hasSuffix("} 1") && line.contains("chunk_bytes=\"8388608\""))
        let opening = RunMetrics(
            of: Job(
                name: "back", input: .archive(path: "set"), stages: Stages(decrypts: true),
                output: .stdout), tool: "sealpipe 1")
        #expect(!opening.page(summary, nil, earlier: "").contains("chunk_bytes"))
    }

    @Test func `a run that goes on has neither succeeded nor failed`() {
        let page = metrics().page(summary, nil, earlier: "")
        #expect(page.contains("sealpipe_run_running{job=\"night\"} 1\n"))
        for name in ["run_success", "run_exit_status", "last_success_time_seconds"] {
            #expect(!page.contains("sealpipe_\(name)"))
        }
    }

    @Test func `the last success outlives runs that go on and fail`() {
        let success = metrics().page(summary, .partial, earlier: "")
        let time = "sealpipe_last_success_time_seconds{job=\"night\"} 1020.5\n"
        #expect(
            success.contains("sealpipe_run_success{job=\"night\"} 1\n") && success.contains(time))
        let running = metrics(started: 2000).page(summary, nil, earlier: success)
        let failed = metrics(started: 2000).page(summary, .keyRefused, earlier: running)
        #expect(running.contains(time) && failed.contains(time))
        #expect(failed.contains("sealpipe_run_success{job=\"night\"} 0\n"))
        #expect(failed.contains("sealpipe_run_exit_status{job=\"night\"} 12\n"))
        let other = success.replacing("night", with: "day")
        #expect(!metrics().page(summary, .failed, earlier: other).contains("last_success"))
        let garbage = success.replacing("1020.5", with: "x")
        #expect(!metrics().page(summary, .failed, earlier: garbage).contains("last_success"))
    }
}
