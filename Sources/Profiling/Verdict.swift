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
        /// Whether the forecast knows how long storing takes.
        package let isStored: Bool

        /// Nil where the sample held nothing. `tarBytes`: of the whole, which was `measured` at its own
        /// level. `isStored`: whether that was kept.
        package init?(
            level: Int, _ summary: RunSummary, tarBytes: Int, measured: FlowReport, isStored: Bool
        ) {
            guard
                let forecast = Forecast(summary, tarBytes: tarBytes, measured: measured)
            else { return nil }
            self.init(level: level, forecast: forecast, tarBytes: tarBytes, isStored: isStored)
        }

        init(level: Int, forecast: Forecast, tarBytes: Int, isStored: Bool = true) {
            self.level = level
            self.forecast = forecast
            self.tarBytes = tarBytes
            self.isStored = isStored
        }

        fileprivate var sentence: String {
            let limit =
                switch forecast.limit {
                case "compress": "still by compress"
                case let stage?: "by \(stage)"
                case nil: "by the processors"
                }
            let rate = Figure.rate(Double(tarBytes) / forecast.seconds)
            let without = isStored ? "" : ", the time that storing takes left out"
            return "; at level \(level) it would be limited \(limit), at about \(rate)\(without)"
        }
    }

    /// Whether a lower level of compression might change what limits the run; others that have the
    /// processors do so the more, the more the run needs.
    package var isAboutCompression: Bool {
        guard let bottleneck, bottleneck.stage == "compress" else { return false }
        return [.work, .processors, .crowded, .quota].contains(bottleneck.kind)
    }

    /// `level`: that of the job's compression, where that is known.
    package init(_ report: FlowReport, level: Int? = nil, or alternative: Alternative) {
        let verdict = Verdict(report, level: level)
        bottleneck = verdict.bottleneck
        sentence = verdict.sentence + alternative.sentence
        advice = verdict.advice
    }

    package init(_ report: FlowReport, level: Int? = nil) {
        bottleneck = Bottleneck(of: report)
        guard let bottleneck else {
            (sentence, advice) = ("nothing was done, so nothing limits it", nil)
            return
        }
        let stage = bottleneck.stage
        let percent = Self.percent(bottleneck.share)
        let reading = report.stages.first { $0.name == stage }
        let busy = reading.map { Self.busy($0, percent, of: report) } ?? ""
        switch bottleneck.kind {
        case .processors:
            let share = reading.map { $0.processorSeconds / max(report.processorSeconds, 1e-9) }
            sentence =
                "limited by the processors: \(Amount.count(report.processors, "core")) were used to "
                + "\(percent), \(Self.percent(share ?? 0)) of that by \(stage)"
        case .work: sentence = "limited by \(stage): \(busy)"
        case .device:
            sentence =
                "limited by \(stage): \(busy), most of it waiting for what is read or written"
        case .crowded:
            sentence =
                "limited by other programs: threads of \(stage) were ready \(percent) of the time "
                + "but had no processor for \(Self.seconds(report.delaySeconds))"
        case .quota:
            let quota = ((report.processorQuota ?? 0) * 100).rounded() / 100
            sentence =
                "limited by a quota: of the \(quota) processors that its control group gives it, it used "
                + "\(percent), most by \(stage)"
        case .calls: sentence = "limited by the \(stage): its calls took \(percent) of the time"
        case .commit:
            sentence =
                "limited by storage: it took \(percent) of the time to make durable what was stored"
        case .balanced:
            sentence =
                "balanced: no stage was busy all the time, \(stage) most with \(percent)"
        }
        advice = Advice(report, level: level).text(on: bottleneck)
    }

    /// How busy a stage's threads were: the share of the time of all that they did, and where they also
    /// serve other stages that of the stage itself, as tables have it.
    private static func busy(
        _ stage: StageMeter.Reading, _ percent: String, of report: FlowReport
    ) -> String {
        let threads = report.threads(of: stage)
        guard stage.place != .thread else { return "its thread was busy \(percent) of the time" }
        let own = Self.percent(report.utilisation(of: stage))
        return (threads == 1 ? "its worker was" : "its \(threads) workers were")
            + " busy \(percent) of the time" + (own == percent ? "" : ", \(own) with \(stage.name)")
    }

    /// A share from 0 to 1 as people read it.
    package static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private static func seconds(_ value: Double) -> String {
        "\((value * 10).rounded() / 10) s"
    }
}
