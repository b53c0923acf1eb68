import Foundation
import Jobs
import Testing

@testable import Profiling

@Suite struct HistoryPageTests {
    private func run(_ day: Int, seconds: Double? = 60, entries: Int = 100) -> RunHistory.Run {
        RunHistory.Run(
            archive: "set/\(day)", job: "night", started: "2026-01-0\(day)T03:04:05.678Z",
            seconds: seconds, entries: entries, contentBytes: 600 << 20, storedBytes: 300 << 20,
            problemCount: 0,
            settings: RunHistory.Settings(level: 3, chunkByteCount: 1 << 23, workers: 2))
    }

    private func page(_ histories: RunHistory..., last: Int = 20) -> PageReading {
        PageReading(HistoryPage(histories, last: last, tool: "tests").html)
    }

    @Test func `a page draws four charts of a set and repeats them as figures`() {
        let page = page(RunHistory(set: "set", runs: (1...5).map { run($0) }))
        #expect(page.isWhole)
        #expect(page.count("svg") == 4 && page.count("circle") == 20 && page.count("path") == 4)
        #expect(page.count("tr") == 6)
        for text in ["100 s", "10 MiB/s", "500 MiB", "2026-01-01", "2026-01-03", "2026-01-05"] {
            let isThere = page.says(text)
            #expect(isThere, "\(text)")
        }
        #expect(page.count("script") == 0 && page.count("img") == 0)
        #expect(page.says("The newest run is no worse than those before it."))
    }

    @Test func `runs of one day are told apart by their times`() {
        let page = page(RunHistory(set: "set", runs: [run(1), run(1)]))
        #expect(page.says("03:04:05") && !page.says("2026-01-01"))
    }

    @Test func `what is not known is a gap, or no chart`() {
        let runs = [run(1), run(2), run(3, seconds: nil), run(4), run(5)]
        let page = page(RunHistory(set: "set", runs: runs))
        // Duration and rate in two pieces each, ratio and size in one.
        #expect(page.count("path") == 6 && page.count("circle") == 18)
        let bare = self.page(RunHistory(set: "set", runs: [run(1, seconds: nil)]))
        #expect(bare.isWhole && bare.count("svg") == 2)
        #expect(bare.says("There are too few runs yet to compare the newest with."))
        #expect(self.page(RunHistory(set: "set", runs: [])).isWhole)
    }

    @Test func `what is worse stands above the charts`() {
        let runs = (1...4).map { run($0) } + [run(5, entries: 9)]
        let page = page(RunHistory(set: "set", runs: runs))
        #expect(page.says("The newest run is worse than those before it."))
        #expect(page.texts.contains { $0.hasPrefix("Warning: the newest run had few entries: 9") })
    }

    @Test func `several sets have charts of their own, only the last runs are shown`() {
        let runs = (1...5).map { run($0) }
        let page = page(
            RunHistory(set: "a", runs: runs), RunHistory(set: "b", runs: runs), last: 2)
        #expect(page.count("svg") == 8 && page.count("circle") == 16 && page.count("tr") == 6)
        #expect(Set(page.ids).count == page.ids.count)
    }

    @Test func `names and figures that nobody should have stay text`() {
        let name = "</style><script>alert('\"&\u{1}')</script>"
        let odd = RunHistory.Run(
            archive: name, job: name, started: name, seconds: 1e-300, entries: .max,
            contentBytes: .max, storedBytes: .max, problemCount: .max,
            settings: RunHistory.Settings(level: .max, chunkByteCount: .max, workers: .max))
        var history = RunHistory(set: name, runs: Array(repeating: odd, count: 5))
        history.notices = [name]
        let page = page(history)
        #expect(page.isWhole && page.count("script") == 0 && page.count("style") == 1)
        #expect(page.texts.contains { $0.hasPrefix("</style><script>") })
    }
}
