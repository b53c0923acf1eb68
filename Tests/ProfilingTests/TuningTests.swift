import Testing

@testable import Profiling

@Suite struct TuningTests {
    private func tuning(_ goal: String) throws -> Tuning {
        var tuning = Tuning(for: try #require(TuningGoal(goal)))
        for (level, seconds, stored) in [
            (1, 100.0, 500), (2, 103, 480), (3, 140, 400), (9, 500, 300), (12, 700, 299),
            (19, 4000, 260),
        ] where tuning.goesOn {
            tuning.take(
                Tuning.Candidate(
                    level: level, seconds: seconds, storedBytes: stored << 20, limit: "compress"))
        }
        return tuning
    }

    @Test(arguments: [
        ("fastest", 2), ("smallest", 19), ("within 2h", 19), ("within 10m", 9), ("within 800s", 9),
        ("within 3m", 3),
    ])
    func `the level that serves the goal`(goal: String, level: Int) throws {
        #expect(try tuning(goal).choice?.level == level)
    }

    @Test func `nothing is chosen that does not fit, and nothing slower is tried`() throws {
        let tuning = try tuning("within 1m")
        #expect(tuning.choice == nil && tuning.candidates.map(\.level) == [1])
    }

    @Test(arguments: [
        "", "fast", "within", "within 2", "within h", "within -2h", "within 0s", "within 2d",
    ])
    func `what is no goal`(text: String) {
        #expect(TuningGoal(text) == nil)
    }

    @Test func `levels are tried from the fastest to the slowest`() {
        for goal in [TuningGoal.fastest, .smallest, .within(seconds: 1)] {
            #expect(
                goal.levels == goal.levels.sorted() && Set(goal.levels).count == goal.levels.count)
        }
    }
}
