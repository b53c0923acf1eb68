import Foundation
import Jobs
import Pipeline
import Profiling

/// A measured run as a table for people: a line a stage, then the run, then the verdict.
enum ProfileTable {
    static func lines(_ summary: RunSummary, _ verdict: Verdict) -> [String] {
        let report = summary.report
        var rows = [
            [
                "stage", "runs on", "items", "in", "out", "busy", "cpu", "waits in", "waits out",
                "p50", "p99",
            ]
        ]
        for stage in report.stages where stage.busySeconds > 0 || stage.items > 0 {
            rows.append(row(stage, of: report))
        }
        var lines = TextTable.lines(rows, wordColumns: 2)
        lines.append("")
        lines.append(
            "run: \(seconds(summary.seconds)), \(seconds(report.processorSeconds)) of processor time "
                + "(\(Verdict.percent(report.processorShare)) of \(report.processors) cores), "
                + "peak memory \(Amount.bytes(report.peakResidentBytes))")
        if summary.tarBytes > 0, summary.seconds > 0 {
            var rates =
                "rates: \(Amount.bytes(Int(Double(summary.tarBytes) / summary.seconds)))/s of tar"
            if summary.storedBytes > 0 {
                rates +=
                    ", \(Amount.bytes(Int(Double(summary.storedBytes) / summary.seconds)))/s stored, "
                    + "ratio \(fixed(Double(summary.tarBytes) / Double(summary.storedBytes), 2))"
            }
            lines.append(rates)
        }
        lines.append("verdict: \(verdict.sentence)")
        if let advice = verdict.advice { lines.append("advice: \(advice)") }
        return lines
    }

    private static func row(_ stage: StageMeter.Reading, of report: FlowReport) -> [String] {
        let place =
            switch stage.place {
            case .thread: "a thread"
            case .pool: Amount.count(report.threads(of: stage), "worker")
            case .outside: stage.items > 0 ? "a call" : "outside"
            }
        func time(_ milliseconds: Double?) -> String {
            milliseconds.map { "\(fixed($0, $0 < 10 ? 2 : 0)) ms" } ?? "–"
        }
        return [
            stage.name, place, "\(stage.items)",
            stage.bytesIn > 0 ? Amount.bytes(stage.bytesIn) : "–",
            stage.bytesOut > 0 ? Amount.bytes(stage.bytesOut) : "–",
            stage.place == .outside
                ? seconds(stage.busySeconds) : Verdict.percent(report.utilisation(of: stage)),
            seconds(stage.processorSeconds), seconds(stage.inputWaitSeconds),
            seconds(stage.outputWaitSeconds), time(stage.latency?.median),
            time(stage.latency?.p99),
        ]
    }

    private static func seconds(_ value: Double) -> String { "\(fixed(value, 2)) s" }
    private static func fixed(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
