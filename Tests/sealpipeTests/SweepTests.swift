import Foundation
import Glibc
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

    @Test func `a level is chosen on a sample, and nothing kept`() throws {
        let ending = try profile("--tune", "fastest")
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.lines.count { $0.hasPrefix("*") } == 1, "\(ending)")
        #expect(ending.lines.last?.hasPrefix("  - compress: { level: ") == true, "\(ending)")
        #expect(!place.exists("set"))
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func `a choice of levels that is told to stop stops`(number: Int32, status: Int32) throws {
        try place.shell("head -c 40M /dev/urandom | base64 >data/three.txt")
        let run = try place.start(["profile", "job.yaml", "--tune", "smallest"])
        // The first run, which brings the sample into memory, and one that counts are behind it.
        #expect(run.wait { run.errors.contains("level 3: about") })
        usleep(100_000)
        run.signal(number)
        let ending = try run.ended()
        #expect(ending.status == status && ending.out.isEmpty, "\(ending)")
        #expect(!ending.err.contains("level 19: about"), "\(ending)")
    }

    @Test(arguments: [
        ["--tune", "slowest"], ["--tune", "fastest", "--sweep", "level=1"],
        ["--tune", "fastest", "--json", "-"],
    ])
    func `a goal that is none is told`(arguments: [String]) throws {
        let ending = try place.start(["profile", "job.yaml"] + arguments).end()
        #expect(ending.status == 2 && ending.out.isEmpty, "\(ending)")
    }

    @Test func `the verdict says what a lower level would change`() throws {
        try place.shell("for i in 1 2 3 4 5 6 7 8; do seq 1 200000 | sort -R; done >data/three.csv")
        let ending = try profile("--discard", "--set", "stages.compress.level=19")
        #expect(ending.status == 0, "\(ending)")
        let verdict = ending.lines.first { $0.hasPrefix("verdict: ") } ?? ""
        // Where other tests had the processors, it is about these.
        #expect(
            verdict.contains("; at level 1 it would be limited ")
                || verdict.contains("limited by other programs") || verdict.contains("balanced"),
            "\(ending)")
    }
}
