import Archive
import Storage

/// Which entries of an archive are wanted: all, or those a pattern matches, with all beneath them.
struct Selection: Sendable {
    let patterns: [Glob]

    init(_ patterns: [Glob]) { self.patterns = patterns }

    var isEverything: Bool { patterns.isEmpty }

    func includes(_ entry: Entry) -> Bool {
        if patterns.isEmpty { return true }
        let path = entry.path
        for index in path.indices where path[index] == UInt8(ascii: "/") {
            if matches(Array(path[..<index]), isFolder: true) { return true }
        }
        return matches(path, isFolder: entry.kind == .directory)
    }

    func foundNothing(in archive: OpenArchive) -> JobError {
        JobError(
            .missing, "no entry of \(archive.stored.path) matches",
            hint: "'sealpipe list' shows what there is")
    }

    private func matches(_ path: [UInt8], isFolder: Bool) -> Bool {
        patterns.contains { $0.matches(path.span, isFolder: isFolder) }
    }
}
