package import Jobs
package import Pipeline

/// What limits a run, in a sentence, computed from its measurement.
package struct Verdict: Sendable {
    /// Nil where nothing was done.
    package let bottleneck: Bottleneck?
    package let sentence: String
    /// What to try, if anything can be tried.
    package let advice: String?

    /// The same run at another level of compression, as a sample foretells it.
    package struct Alternative: Sendable, Equatable {
        package let level: Int
        package let forecast: Forecast
        package let tarBytes: Int

        /// Nil where the sample held nothing. `tarBytes`: of the whole.
        package init?(level: Int, _ summary: RunSummary, tarBytes: Int) {
            guard let forecast = Forecast(summary, tarBytes: tarBytes) else { return nil }
            self.init(level: level, forecast: forecast, tarBytes: tarBytes)
        }

        init(level: Int, forecast: Forecast, tarBytes: Int) {
            self.level = level
            self.forecast = forecast
            self.tarBytes = tarBytes
        }

        fileprivate var sentence: String {
            let limit =
                switch forecast.limit {
                case "compress": "still by compress"
                case let stage?: "by \(stage)"
                case nil: "by the processors"
                }
            let rate = Figure.rate(Double(tarBytes) / forecast.seconds)
            return "; at level \(level) it would be limited \(limit), at about \(rate)"
        }
    }

    /// Whether a lower level of compression might change what limits the run.
    package var isAboutCompression: Bool {
        guard let bottleneck, bottleneck.stage == "compress" else { return false }
        return bottleneck.kind == .work || bottleneck.kind == .processors
    }

    package init(_ report: FlowReport, or alternative: Alternative) {
        let verdict = Verdict(report)
        bottleneck = verdict.bottleneck
        sentence = verdict.sentence + alternative.sentence
        advice = verdict.advice
    }

    package init(_ report: FlowReport) {
        bottleneck = Bottleneck(of: report)
        guard let bottleneck else {
            (sentence, advice) = ("nothing was done, so nothing limits it", nil)
            return
        }
        let stage = bottleneck.stage
        let percent = Self.percent(bottleneck.share)
        let reading = report.stages.first { $0.name == stage }
        let threads = reading.map { report.threads(of: $0) } ?? 1
        let who = Self.who(threads, isPool: reading?.place != .thread)
        switch bottleneck.kind {
        case .processors:
            let share = reading.map { $0.processorSeconds / max(report.processorSeconds, 1e-9) }
            sentence =
                "limited by the processors: \(Self.count(report.processors, "core")) were used to "
                + "\(percent), \(Self.percent(share ?? 0)) of that by \(stage)"
            advice = Self.advice(forWork: stage)
        case .work:
            sentence = "limited by \(stage): \(who) busy \(percent) of the time"
            advice =
                threads < report.processors && threads > 1
                ? "the machine has \(report.processors) cores; raise 'limits.workers'"
                : Self.advice(forWork: stage)
        case .device:
            sentence =
                "limited by \(stage): \(who) busy \(percent) of the time, most of it waiting "
                + "for what is read or written"
            advice = Self.advice(forDevice: stage)
        case .crowded:
            sentence =
                "limited by other programs: threads of \(stage) were ready \(percent) of the time "
                + "but had no processor for \(Self.seconds(report.delaySeconds))"
            advice = "run it when the machine is idle, or with a higher priority"
        case .calls:
            sentence = "limited by the \(stage): its calls took \(percent) of the time"
            advice = "see why it answers slowly; the run waits for it before it does anything"
        case .balanced:
            sentence =
                "balanced: no stage was busy all the time, \(stage) most with \(percent)"
            advice = nil
        }
    }

    private static func who(_ threads: Int, isPool: Bool) -> String {
        guard isPool else { return "its thread was" }
        return threads == 1 ? "its worker was" : "its \(threads) workers were"
    }

    private static func advice(forWork stage: String) -> String? {
        switch stage {
        case "compress": "a lower level compresses faster"
        case "pack": "many small files are read one after the other; more jobs side by side help"
        default: nil
        }
    }

    private static func advice(forDevice stage: String) -> String? {
        switch stage {
        case "pack", "read", "plan":
            "the source is slow: a faster disk or link helps, more cores do not"
        case "store", "publish", "write":
            "the target is slow: a faster disk or a higher level of compression helps"
        default: nil
        }
    }

    /// A share from 0 to 1 as people read it.
    package static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private static func count(_ number: Int, _ noun: String) -> String {
        number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
    }

    private static func seconds(_ value: Double) -> String {
        "\((value * 10).rounded() / 10) s"
    }
}
