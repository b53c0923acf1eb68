import Archive
import Testing

@testable import Jobs

@Suite struct RequiredPathsTests {
    private func entry(_ path: String, _ kind: Entry.Kind = .file) -> Entry {
        Entry(
            path: Array(path.utf8), kind: kind, mode: 0o600, userID: 0, groupID: 0,
            modified: Entry.Time(seconds: 0, nanoseconds: 0))
    }

    @Test func `what is matched is no longer missing`() throws {
        let required = RequiredPaths()
        required.note(entry("a"))
        #expect(required.missing.isEmpty)
        required.require([try Glob("a/*.db"), try Glob("b/"), try Glob("c")])
        required.note(entry("b"))
        #expect(required.missing.map(\.text) == ["a/*.db", "b/", "c"])
        required.note(entry("a/x.db"))
        #expect(required.missing.map(\.text) == ["b/", "c"])
        required.note(entry("b", .directory))
        required.note(entry("x/c"))
        #expect(required.missing.isEmpty)
    }
}
