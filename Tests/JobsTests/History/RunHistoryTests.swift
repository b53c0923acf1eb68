import Testing

@testable import Jobs

@Suite struct RunHistoryTests {
    /// A run of 600 MB in a minute, stored as half, but for what is said.
    private func run(
        job: String = "night", seconds: Double? = 60, entries: Int = 100, megabytes: Int = 600,
        stored: Int = 300, level: Int = 3
    ) -> RunHistory.Run {
        RunHistory.Run(
            archive: "set/a", job: job, started: "2026-01-02T03:04:05.678Z", seconds: seconds,
            entries: entries, contentBytes: megabytes * 1_000_000,
            storedBytes: stored * 1_000_000, problemCount: 0,
            settings: RunHistory.Settings(level: level, chunkByteCount: 1 << 23, workers: 2))
    }

    private func kinds(_ earlier: [RunHistory.Run], _ newest: RunHistory.Run) -> [Regression.Kind] {
        RunHistory(set: "set", runs: earlier + [newest]).regressions.map(\.kind)
    }

    private var usual: [RunHistory.Run] { Array(repeating: run(), count: 3) }

    @Test func `a run like those before it is no regression`() {
        #expect(kinds(usual, run()).isEmpty)
        #expect(RunHistory(set: "set", runs: []).regressions.isEmpty)
    }

    @Test func `what took longer for as much is slow, what had more to do is not`() {
        #expect(kinds(usual, run(seconds: 91)) == [.rate])
        #expect(kinds(usual, run(seconds: 89)).isEmpty)
        #expect(kinds(usual, run(seconds: 120, megabytes: 1200, stored: 600)).isEmpty)
        #expect(kinds(usual, run(seconds: 120, megabytes: 660, stored: 330)) == [.rate])
    }

    @Test func `a short run is not slow by a few seconds`() {
        let short = Array(repeating: run(seconds: 1), count: 3)
        #expect(kinds(short, run(seconds: 5.9)).isEmpty)
        #expect(kinds(short, run(seconds: 6.1)) == [.rate])
    }

    @Test func `bad compression, little content and few entries are found`() {
        #expect(kinds(usual, run(stored: 380)) == [.ratio])
        #expect(kinds(usual, run(stored: 370)).isEmpty)
        #expect(kinds(usual, run(seconds: 40, megabytes: 410, stored: 205)) == [.content])
        #expect(kinds(usual, run(seconds: 40, megabytes: 430, stored: 215)).isEmpty)
        #expect(kinds(usual, run(entries: 69)) == [.entries])
        #expect(kinds(usual, run(entries: 70)).isEmpty)
        #expect(
            kinds(usual, run(seconds: 1, entries: 0, megabytes: 0, stored: 0)) == [
                .content, .entries,
            ])
    }

    @Test func `two runs before it are too few, as are those of other jobs`() {
        #expect(kinds([run(), run()], run(entries: 1)).isEmpty)
        let other = Array(repeating: run(job: "day"), count: 3)
        #expect(kinds(other, run(entries: 1)).isEmpty)
        #expect(kinds(other + usual, run(entries: 1)) == [.entries])
    }

    @Test func `another level is slower or stores more, and that is no regression`() {
        #expect(kinds(usual, run(seconds: 200, level: 19)).isEmpty)
        #expect(kinds(usual, run(stored: 400, level: 1)).isEmpty)
        #expect(kinds(usual, run(entries: 1, level: 1)) == [.entries])
        let slow = Array(repeating: run(seconds: 200, level: 19), count: 3)
        #expect(kinds(usual + slow, run(seconds: 91)) == [.rate])
    }

    @Test func `only ten runs before it count, and one that was odd does not`() {
        let old = Array(repeating: run(entries: 1000), count: 20)
        let recent = Array(repeating: run(entries: 100), count: 10)
        #expect(kinds(old + recent, run(entries: 90)).isEmpty)
        #expect(kinds(old + recent.dropLast(5), run(entries: 90)) == [.entries])
        #expect(kinds(usual + [run(entries: 9000)], run(entries: 90)).isEmpty)
    }

    @Test func `runs without a summary have no rate and count in all else`() {
        let bare = Array(repeating: run(seconds: nil), count: 3)
        #expect(kinds(bare, run(seconds: 900)).isEmpty)
        #expect(kinds(bare, run(entries: 1)) == [.entries])
        #expect(kinds(bare + usual, run(seconds: 900)) == [.rate])
        #expect(kinds(usual, run(seconds: nil)).isEmpty)
    }

    @Test func `the median is the middle, or between the two`() {
        #expect([9.0, 1, 2].median == 2)
        #expect([9.0, 1, 2, 4].median == 3)
        #expect([7.0].median == 7)
    }

    @Test func `a change is told against the run before`() {
        let history = RunHistory(
            set: "set", runs: [run(megabytes: 0), run(), run(megabytes: 300), run(megabytes: 330)])
        #expect(history.change(at: 0) == nil && history.change(at: 1) == nil)
        #expect(history.change(at: 2) == -0.5)
        #expect(abs((history.change(at: 3) ?? 0) - 0.1) < 1e-9)
    }
}
