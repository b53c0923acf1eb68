import Archive
import Locking
import Storage

/// Which entries of an archive are wanted: all, or those a pattern matches, with all beneath them.
struct Selection: Sendable {
    let patterns: [Glob]
    /// Those that have matched nothing so far.
    private let unused: Monitor<[Glob]>

    init(_ patterns: [Glob]) {
        self.patterns = patterns
        unused = Monitor(patterns)
    }

    var isEverything: Bool { patterns.isEmpty }

    func includes(_ entry: Entry) -> Bool {
        if patterns.isEmpty { return true }
        let isWanted = patterns.contains { Self.covers($0, entry) }
        if isWanted { unused.update { $0.removeAll { Self.covers($0, entry) } } }
        return isWanted
    }

    func foundNothing(in archive: OpenArchive) -> JobError {
        JobError(
            .missing, "no entry of \(archive.stored.path) matches",
            hint: "'sealpipe list' shows what there is")
    }

    /// Once every entry was looked at: the patterns that were given in vain, misspelt perhaps.
    var misses: [RunSummary.Problem] {
        unused.read { $0 }.map {
            RunSummary.Problem(
                path: $0.text, kind: "unmatched", detail: "no entry of the archive matches")
        }
    }

    /// Whether the pattern matches the entry, or a directory above it.
    private static func covers(_ pattern: Glob, _ entry: Entry) -> Bool {
        let path = entry.path
        for index in path.indices where path[index] == UInt8(ascii: "/") {
            if pattern.matches(path.span.extracting(..<index), isFolder: true) { return true }
        }
        return pattern.matches(path.span, isFolder: entry.kind == .directory)
    }
}
