import Foundation
import Testing

/// A job run with every combination of some settings.
@Suite(.timeLimit(.minutes(5))) struct SweepTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
        try place.write("job.yaml", JobFileTests.good)
        try place.write("data/one.csv", String(repeating: "a,b,c\n", count: 20_000))
        try place.write("data/two.bin", noise(300_000))
    }

    private func profile(_ arguments: String...) throws -> Ending {
        try place.start(["profile", "job.yaml"] + arguments).end()
    }

    @Test func `every combination is run so often, and nothing kept`() throws {
        let ending = try profile(
            "--sweep", "level=1,9", "workers=1,2", "--rounds", "2", "--json", "-", "--html",
            "s.html")
        #expect(ending.status == 0, "\(ending)")
        let trials = try #require(ending.object()["trials"] as? [[String: Any]])
        #expect(trials.count == 4)
        #expect(trials.allSatisfy { ($0["seconds"] as? [Double])?.count == 2 })
        let stored = trials.compactMap { $0["stored_bytes"] as? Int }
        #expect(stored.count == 4 && stored.allSatisfy { $0 > 300_000 })
        #expect(trials.contains { $0["is_best"] as? Bool == true })
        #expect(ending.err.components(separatedBy: " of 2: level=").count == 9)
        #expect(!place.exists("set") && place.exists("s.html"))
    }

    @Test func `the table has a line a combination and marks the best`() throws {
        let ending = try profile("--sweep", "level=1,3", "--rounds", "1")
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.lines.count { $0.contains("level=") } == 2, "\(ending)")
        #expect(ending.lines.contains { $0.hasPrefix("*  level=") }, "\(ending)")
    }

    private static let mistakes: [([String], Int32)] = [
        (["--sweep", "levle=1"], 2), (["--sweep", "level=1,77"], 78),
        (["--sweep", "level=1", "--trace", "t"], 2), (["--sweep", "level=1", "--rounds", "0"], 2),
        (["--rounds", "2"], 2), (["--sweep", "level=1", "stages.compress.level=2"], 2),
    ]

    @Test(arguments: mistakes)
    func `what cannot be swept is told before anything is run`(
        arguments: [String], status: Int32
    ) throws {
        let ending = try place.start(["profile", "job.yaml"] + arguments).end()
        #expect(ending.status == status && ending.out.isEmpty, "\(ending)")
        #expect(!ending.err.contains("round 1"), "\(ending)")
        #expect(!place.exists("set") && !place.exists("okms"))
    }
}
