import Pipeline
import Testing

@testable import Jobs
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

    @Test func `no forecast is faster than a device was`() throws {
        let sample = report(
            seconds: 1, threads: [("pack", 0.2, 0.2), ("store", 0.01, 0.01)],
            pool: [("read", 0.1, 0.1), ("compress", 1.7, 1)])
        let bySample = try #require(Forecast(sample, scale: 2))
        #expect(bySample.limit == "compress" && bySample.seconds < 2.1)
        let storing = try #require(Forecast(sample, scale: 2, floors: ["store": 7]))
        #expect(storing.limit == "store" && abs(storing.seconds - 7) < 1e-9)
        let reading = try #require(Forecast(sample, scale: 2, floors: ["read": 20]))
        #expect(reading.limit == "read" && abs(reading.seconds - (20 + 3.4) / 2) < 1e-9)
    }

    @Test func `what storing took is kept for as many bytes as there will be`() throws {
        var measured = report(
            seconds: 10, threads: [("pack", 2, 1), ("store", 8.4, 0.2)],
            pool: [("compress", 17, 17)])
        measured.stages[1].bytesIn = 600
        var tried = RunSummary(job: "tried")
        tried.report = report(
            seconds: 1, threads: [("pack", 0.5, 0.5), ("store", 0.01, 0.01)],
            pool: [("compress", 1, 1)])
        (tried.tarBytes, tried.storedBytes) = (500, 350)
        func alternative(isStored: Bool) throws -> Verdict.Alternative {
            try #require(
                Verdict.Alternative(
                    level: 1, tried, tarBytes: 1000, measured: measured, isStored: isStored))
        }
        let forecast = try alternative(isStored: true).forecast
        #expect(forecast.limit == "store")
        // 700 bytes at the 600 in 8.4 s of before.
        #expect(abs(forecast.seconds - 9.8) < 1e-9)
        let said = Verdict(measured, level: 6, or: try alternative(isStored: true)).sentence
        #expect(said.contains("at level 1 it would be limited by store, at about"))
        #expect(!said.contains("left out"))
        #expect(
            Verdict(measured, level: 6, or: try alternative(isStored: false)).sentence
                .hasSuffix("the time that storing takes left out"))
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
