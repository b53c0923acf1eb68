import Archive
import Locking

/// Notes the files that a restore does not give back, or not whole: for its report, for the links to
/// them, and for the count of what was restored.
final class RestoreLosses: Sendable {
    /// Digests of paths: of so many files it is known what became of them. Of more it is known that any
    /// file may be lost; then no link to one is made.
    private static let limit = 1 << 20

    private struct State {
        /// Files of which bytes are lost.
        var lost: Set<Int> = []
        /// Entries that the target does not take.
        var refused: Set<Int> = []
        var total = Total()
    }

    /// What a restore counted when it began with it, and does not give back.
    struct Total: Sendable {
        var entries = 0
        var contentByteCount = 0
    }

    private let log: DamageLog
    private let keepsFiles: Bool
    private let state = Monitor(State())

    init(_ log: DamageLog, keepsFiles: Bool) {
        self.log = log
        self.keepsFiles = keepsFiles
    }

    /// Whether nothing at all is damaged.
    var isEmpty: Bool { log.report.isEmpty }

    var total: Total { state.read { $0.total } }

    func note(_ entry: Entry, _ holes: FileHoles) {
        log.note(DamageReport.File(path: entry.path, holes: holes, isKept: keepsFiles))
        state.update { state in
            if state.lost.count <= Self.limit { state.lost.insert(entry.path.hashValue) }
            state.total.entries += keepsFiles ? 0 : 1
            state.total.contentByteCount += keepsFiles ? holes.byteCount : entry.size
        }
    }

    func note(linkTo entry: Entry, isMade: Bool = false) {
        log.note(DamageReport.File(path: entry.path, isKept: isMade))
        if !isMade { state.update { $0.total.entries += 1 } }
    }

    /// Whether a file is among those of which bytes are lost.
    func has(_ path: [UInt8]) -> Bool {
        state.read { $0.lost.count > Self.limit || $0.lost.contains(path.hashValue) }
    }

    // MARK: what the target does not take

    /// Runs what makes an entry. Where there are `losses` and the target does not take this entry, that
    /// is a problem as others and not the end.
    static func making(
        _ entry: Entry, _ losses: RestoreLosses?, _ body: () throws -> [RestoreProblem]
    ) throws -> [RestoreProblem] {
        do { return try body() } catch let error as ArchiveError {
            guard let losses, let reason = error.refusalOfOneEntry else { throw error }
            return losses.note(refused: entry, reason)
        }
    }

    /// A link to what the target did not take.
    func problems(ofLink entry: Entry, to target: [UInt8]) -> [RestoreProblem] {
        guard state.read({ $0.refused.contains(target.hashValue) }) else { return [] }
        return note(refused: entry, "is a hard link to a file that was not restored")
    }

    /// Each entry is told of once, however many pieces of it are refused.
    private func note(refused entry: Entry, _ reason: String) -> [RestoreProblem] {
        let isNew = state.update { state in
            guard
                state.refused.count > Self.limit
                    || state.refused.insert(entry.path.hashValue).inserted
            else { return false }
            state.total.entries += 1
            state.total.contentByteCount += entry.size
            return true
        }
        return isNew ? [RestoreProblem(path: entry.path, kind: .refused, detail: reason)] : []
    }
}
