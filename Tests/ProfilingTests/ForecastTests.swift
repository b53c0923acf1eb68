import Pipeline
import Testing

@testable import Profiling

@Suite struct ForecastTests {
    /// Of stages on threads and on two workers: busy and processor seconds.
    private func report(
        seconds: Double, threads: [(String, Double, Double)], pool: [(String, Double, Double)],
        called: Double = 0
    ) -> FlowReport {
        var report = FlowReport()
        report.seconds = seconds
        report.processors = 2
        func reading(
            _ stage: (String, Double, Double), at place: StageMeter.Place
        ) -> StageMeter.Reading {
            var reading = StageMeter.Reading(stage.0, at: place)
            (reading.busySeconds, reading.processorSeconds) = (stage.1, stage.2)
            return reading
        }
        report.stages =
            threads.map { reading($0, at: .thread) }
            + pool.map { reading($0, at: .pool("workers")) }
            + [reading(("key service", called, 0), at: .outside)]
        report.processorSeconds = (threads + pool).reduce(0) { $0 + $1.2 }
        report.pools = [
            FlowReport.Pool(
                "workers", workers: 2, busySeconds: pool.reduce(0) { $0 + $1.1 },
                processorSeconds: pool.reduce(0) { $0 + $1.2 })
        ]
        return report
    }

    @Test func `what follows the packing grows with the data, and the walk does not`() throws {
        let measured = report(
            seconds: 2, threads: [("pack", 1, 1), ("store", 0.1, 0.1)],
            pool: [("compress", 3, 1), ("encrypt", 1, 0.5)])
        let forecast = try #require(Forecast(measured, scale: 10))
        #expect(abs(forecast.seconds - 20) < 1e-9 && forecast.limit == "compress")
    }

    @Test func `a slow walk is the limit where the rest is quick`() throws {
        let measured = report(
            seconds: 5, threads: [("pack", 5, 5)], pool: [("compress", 0.1, 0.1)], called: 3)
        let forecast = try #require(Forecast(measured, scale: 4))
        #expect(forecast.limit == "pack")
        #expect(abs(forecast.seconds - 8) < 1e-9)
    }

    @Test func `many stages that share the processors are limited by these`() throws {
        let measured = report(
            seconds: 1, threads: [("pack", 0.1, 0.1), ("frame", 0.6, 0.6), ("store", 0.6, 0.6)],
            pool: [("compress", 0.7, 0.7)])
        let forecast = try #require(Forecast(measured, scale: 100))
        #expect(forecast.limit == nil)
        #expect(abs(forecast.seconds - (190 + 0.1) / 2) < 0.06)
    }

    @Test func `waits that no stage explains are kept in proportion`() throws {
        let measured = report(seconds: 3, threads: [], pool: [("compress", 4, 1)])
        let forecast = try #require(Forecast(measured, scale: 2))
        #expect(abs(forecast.seconds - 6) < 1e-9)
    }

    @Test func `of nothing there is no forecast`() {
        #expect(Forecast(FlowReport(), scale: 2) == nil)
        #expect(Forecast(report(seconds: 1, threads: [], pool: []), scale: 2) == nil)
    }

    @Test func `the verdict tells what a lower level would change`() throws {
        let measured = report(seconds: 10, threads: [("pack", 1, 1)], pool: [("compress", 19, 19)])
        #expect(Verdict(measured).isAboutCompression)
        func sentence(_ limit: String?) -> String {
            var forecast = report(seconds: 1, threads: [("pack", 1, 1)], pool: [])
            if limit == "compress" {
                forecast = report(seconds: 1, threads: [], pool: [("compress", 2, 1)])
            }
            return Forecast(forecast, scale: 1).map {
                Verdict(
                    measured,
                    or: Verdict.Alternative(level: 1, forecast: $0, tarBytes: 1400 << 20)
                ).sentence
            } ?? ""
        }
        #expect(
            sentence("pack").hasSuffix(
                "; at level 1 it would be limited by pack, at about 1.4 GiB/s"))
        #expect(sentence("compress").contains("limited still by compress"))
    }
}
