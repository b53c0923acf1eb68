import Archive
import Pipeline

/// Notes the files of which a restore has not all bytes, for its report and for the links to them.
final class RestoreLosses: Sendable {
    /// Digests of paths: of so many files it is known that they are lost. Of more it is known that any
    /// file may be; then no link to one is made.
    private static let limit = 1 << 20

    private let log: DamageLog
    private let keepsFiles: Bool
    private let paths = Monitor(Set<Int>())

    init(_ log: DamageLog, keepsFiles: Bool) {
        self.log = log
        self.keepsFiles = keepsFiles
    }

    /// Whether nothing at all is damaged.
    var isEmpty: Bool { log.report.isEmpty }

    func note(_ entry: Entry, _ holes: FileHoles) {
        log.note(DamageReport.File(path: entry.path, holes: holes, isKept: keepsFiles))
        paths.update { if $0.count <= Self.limit { $0.insert(entry.path.hashValue) } }
    }

    func note(linkTo entry: Entry) {
        log.note(DamageReport.File(path: entry.path, isKept: keepsFiles))
    }

    /// Whether a file is among those that have been noted.
    func has(_ path: [UInt8]) -> Bool {
        paths.read { $0.count > Self.limit || $0.contains(path.hashValue) }
    }
}
