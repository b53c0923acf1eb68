import Foundation
import Testing

@testable import Profiling

@Suite struct SweepTests {
    private func sweep(_ trials: [(name: String, seconds: [Double], stored: Int)]) throws -> Sweep {
        Sweep(
            of: "nightly", tool: "sealpipe 1.2.3", start: Date(timeIntervalSince1970: 0),
            processors: 2, rounds: 3,
            axes: [try SweepAxis("level=" + trials.map(\.name).joined(separator: ","))],
            trials: trials.map { name, seconds, stored in
                var trial = Sweep.Trial(choices: [
                    SweepAxis.Choice(name: "level", path: "stages.compress.level", value: name)
                ])
                trial.seconds = seconds
                trial.tarBytes = 1000 << 20
                trial.storedBytes = stored << 20
                return trial
            })
    }

    @Test func `an axis is a word or a path, and its values`() throws {
        let level = try SweepAxis("level=1,3,9")
        #expect(level.path == "stages.compress.level" && level.values == ["1", "3", "9"])
        let path = try SweepAxis("stages[1].compress.level=1")
        #expect(path.path == "stages[1].compress.level")
        let grid = try SweepAxis.grid(of: [level, SweepAxis("workers=1,2")])
        #expect(
            grid.map { $0.map(\.setting).joined(separator: " ") }.prefix(3) == [
                "stages.compress.level=1 limits.workers=1",
                "stages.compress.level=1 limits.workers=2",
                "stages.compress.level=3 limits.workers=1",
            ])
        #expect(grid.count == 6)
    }

    @Test(arguments: ["level", "=1", "level=", "level=1,,2", "level=1,1", "levle=1", ""])
    func `what is no axis is told`(text: String) {
        #expect(throws: SweepAxis.Invalid.self) { try SweepAxis(text) }
    }

    @Test func `no setting is varied twice`() throws {
        let axes = [try SweepAxis("level=1"), try SweepAxis("stages.compress.level=3")]
        #expect(throws: SweepAxis.Invalid.self) { try SweepAxis.grid(of: axes) }
    }

    @Test func `the best are those that no other beats in both`() throws {
        let sweep = try sweep([
            ("1", [1, 1.1, 1.2], 500), ("2", [2, 2, 2], 600), ("3", [2, 1.9, 8], 400),
            ("9", [6, 5, 7], 300), ("12", [9, 9, 9], 300),
        ])
        #expect(sweep.front.map(\.name) == ["level=1", "level=3", "level=9"])
        #expect(sweep.trials[2].medianSeconds == 2)
        #expect(abs(sweep.trials[2].spread - 3.05) < 0.001)
    }

    @Test func `rounds begin with another combination each, and leave none out`() {
        let orders = (0..<3).map { Sweep.order(of: 5, round: $0, of: 3) }
        #expect(orders.allSatisfy { Set($0) == Set(0..<5) })
        #expect(Set(orders.map { $0[0] }).count == 3)
        #expect(Sweep.order(of: 0, round: 0, of: 1).isEmpty)
    }

    @Test func `the page names the best, and holds finite figures`() throws {
        let sweep = try sweep([("1", [1], 500), ("9", [6], 300), ("19", [60], 0)])
        let html = SweepPage(sweep).html
        #expect(html.contains("The fastest is level=1 with 1000.0 MiB/s"))
        #expect(html.contains("default-src 'none'"))
        #expect(!html.contains("nan") && !html.contains("inf"))
        let reading = PageReading(html)
        #expect(reading.isWhole)
        let numbers = reading.elements.filter { $0.drawing == "sweep" && $0.name == "text" }
        for number in 1...3 { #expect(numbers.contains { $0.text == "\(number)" }) }
    }
}
