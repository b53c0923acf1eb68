import Archive
import Locking
import Synchronization

/// Patterns that something packed must match. What was matched is forgotten, so that it costs nothing
/// where nothing is required or all is there.
final class RequiredPaths: Sendable {
    private let count = Atomic<Int>(0)
    private let patterns = Monitor([Glob]())

    func require(_ globs: [Glob]) {
        patterns.update { $0 = globs }
        count.store(globs.count, ordering: .relaxed)
    }

    func note(_ entry: Entry) {
        guard count.load(ordering: .relaxed) > 0 else { return }
        let left = patterns.update { patterns in
            patterns.removeAll {
                $0.matches(entry.path.span, isFolder: entry.kind == .directory)
            }
            return patterns.count
        }
        count.store(left, ordering: .relaxed)
    }

    /// Those that nothing has matched so far.
    var missing: [Glob] { patterns.read { $0 } }
}
