import Archive
import Locking

/// Gathers what is found damaged while an archive is opened. Of each place the first reason counts; of
/// files only so many are remembered, however many there are.
final class DamageLog: Sendable {
    private struct State {
        /// By the bytes of the places; no more than there are files in the archive's directory.
        var found: [[UInt8]: (place: String, reason: String)] = [:]
        /// Places that no replica stands in for.
        var lost: Set<[UInt8]> = []
        var files: [DamageReport.File] = []
        var fileCount = 0
        var notices: [String] = []
    }

    let hasReplica: Bool
    private let state = Monitor(State())

    init(hasReplica: Bool) { self.hasReplica = hasReplica }

    /// `isLost`: whether no replica has what is wrong at the place.
    func note(_ place: String, _ reason: String, isLost: Bool = false) {
        let key = Array(place.utf8)
        state.update { state in
            if state.found[key] == nil { state.found[key] = (place, reason) }
            if isLost { state.lost.insert(key) }
        }
    }

    func note(_ place: String, _ error: any Error, isLost: Bool = false) {
        let reason = JobError(explaining: error).message
        let prefix = "\(place): "
        note(
            place, reason.hasPrefix(prefix) ? String(reason.dropFirst(prefix.count)) : reason,
            isLost: isLost)
    }

    func note(_ file: DamageReport.File) {
        state.update { state in
            state.fileCount += 1
            if state.files.count < DamageReport.limit { state.files.append(file) }
        }
    }

    func notice(_ text: String) { state.update { $0.notices.append(text) } }

    var report: DamageReport {
        state.read { state in
            let places = state.found.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            return DamageReport(
                places: places.prefix(DamageReport.limit).map { key, found in
                    DamageReport.Place(
                        place: found.place, reason: found.reason,
                        isInReplica: hasReplica ? !state.lost.contains(key) : nil)
                },
                placeCount: places.count,
                files: state.files.sorted { $0.path.lexicographicallyPrecedes($1.path) },
                fileCount: state.fileCount, notices: state.notices,
                isHealed: hasReplica && state.lost.isEmpty && state.fileCount == 0)
        }
    }
}
