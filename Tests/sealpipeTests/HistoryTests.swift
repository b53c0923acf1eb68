import Foundation
import Testing

/// How the runs of a set went.
@Suite struct HistoryTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    @discardableResult
    private func seal(_ files: Int, into set: String = "set") throws -> String {
        try place.shell("rm -rf data")
        for number in 0..<files { try place.write("data/\(number)", noise(1000)) }
        let ending = try place.sealpipe("seal", "data", set)
        #expect(ending.status == 0, "\(ending)")
        return ending.lastLine
    }

    private func cells(_ line: String) -> [Substring] { line.split(separator: " ") }

    private func sets(_ arguments: String...) throws -> [[String: Any]] {
        let ending = try place.start(["history", "--json"] + arguments).end()
        #expect(ending.status == 0, "\(ending)")
        return try #require(try ending.object()["sets"] as? [[String: Any]])
    }

    @Test func `runs are shown with the newest last`() throws {
        for files in [4, 4, 6] { try seal(files) }
        let ending = try place.sealpipe("history", "set")
        #expect(ending.status == 0 && ending.err.isEmpty, "\(ending)")
        #expect(ending.lines.count == 4)
        #expect(ending.lines[0].hasPrefix("started "))
        #expect(ending.lines[1].contains(" – ") && ending.lines[2].contains(" +0.0 % "))
        #expect(ending.lines[3].contains(" +50.0 % ") && ending.lines[3].contains(" 5.9 KiB "))
        #expect(ending.lines.dropFirst().allSatisfy { $0.contains("/s ") })
        let last = try place.sealpipe("history", "--last", "1", "set")
        #expect(
            last.lines.count == 2 && cells(last.lines[1]) == cells(ending.lines[3]))
    }

    @Test func `machines get one object`() throws {
        let archives = [try seal(4), try seal(2)]
        let set = try #require(try sets("set").first)
        let runs = try #require(set["runs"] as? [[String: Any]])
        #expect(runs.map { $0["archive"] as? String } == archives)
        #expect(runs.map { $0["content_bytes"] as? Int } == [4000, 2000])
        #expect(runs.map { $0["change"] as? Double } == [nil, -0.5])
        #expect(runs.allSatisfy { ($0["seconds"] as? Double ?? 0) > 0 })
        #expect((set["regressions"] as? [Any])?.isEmpty == true)
    }

    @Test func `a run that is worse than the last ones is warned of, or failed`() throws {
        for files in [10, 10, 10, 5] { try seal(files) }
        let ending = try place.sealpipe("history", "set")
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.err.contains("warning: set: the newest run had little to archive: 4.9 KiB"))
        #expect(ending.err.contains("had few entries: 6, the median of the 3 before it is 11"))
        let failed = try place.sealpipe("history", "--fail-on-regression", "set")
        #expect(failed.status == 15, "\(failed)")
        try seal(10)
        #expect(try place.sealpipe("history", "--fail-on-regression", "set").status == 0)
        let regressions = try #require(try sets("set").first?["regressions"] as? [Any])
        #expect(regressions.isEmpty)
    }

    @Test func `a history is a page too`() throws {
        try seal(3)
        let ending = try place.sealpipe("history", "--html", "page.html", "set")
        #expect(ending.status == 0 && ending.lines.count == 2, "\(ending)")
        let page = try place.text("page.html")
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("History of set, sealpipe "))
        #expect(page.contains("default-src 'none'") && !page.contains("<script"))
        #expect(try place.sealpipe("history", "--html", "none/page.html", "set").status == 1)
        #expect(try place.sealpipe("history", "--html", "-", "set").status == 2)
    }

    @Test func `an archive without summary, or with another's, has no duration`() throws {
        let (one, other, odd) = (try seal(1), try seal(1), try seal(1))
        try place.shell("cp \(one)/summary.json \(other)/; rm \(one)/summary.json")
        try place.write("\(odd)/summary.json", "{")
        let runs = try #require(try sets("set").first?["runs"] as? [[String: Any]])
        #expect(runs.count == 3 && runs.allSatisfy { $0["seconds"] == nil })
        #expect(runs.allSatisfy { $0["entries"] as? Int == 2 })
    }

    @Test func `a summary from elsewhere cannot stop the program`() throws {
        let archive = try seal(1)
        try place.shell(
            "sed -i 's/\"seconds\" : .*/\"seconds\" : 1e-300,/' \(archive)/summary.json")
        let ending = try place.sealpipe("history", "set")
        #expect(ending.status == 0 && ending.lines.count == 2, "\(ending)")
        try place.shell(
            "sed -i 's/\"seconds\" : .*/\"seconds\" : 1e300,/' \(archive)/summary.json")
        #expect(try place.sealpipe("history", "set").status == 0)
    }

    @Test func `damaged archives are passed over, sets that are not there are missing`() throws {
        let archive = try seal(1)
        try seal(1)
        try place.write("\(archive)/manifest.json", "{}")
        let ending = try place.sealpipe("history", "set", "none")
        #expect(ending.status == 10, "\(ending)")
        #expect(ending.err.contains("left out: \(archive)") && ending.err.contains("none"))
        #expect(ending.lines.count == 3 && ending.lines[0] == "set:")
        #expect(try place.sealpipe("history", "--last", "0", "set").status == 2)
    }
}
