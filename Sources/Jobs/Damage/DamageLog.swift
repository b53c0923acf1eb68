import Archive
import Pipeline

/// Gathers what is found damaged while an archive is opened. Of each place the first reason counts; of
/// files only so many are remembered, however many there are.
final class DamageLog: Sendable {
    private struct State {
        /// No more than there are files in the archive's directory.
        var reasons: [String: String] = [:]
        var order: [String] = []
        /// Places that no replica stands in for.
        var lost: Set<String> = []
        var files: [DamageReport.File] = []
        var fileCount = 0
        var notices: [String] = []
    }

    let hasReplica: Bool
    private let state = Monitor(State())

    init(hasReplica: Bool) { self.hasReplica = hasReplica }

    /// `isLost`: whether no replica has what is wrong at the place.
    func note(_ place: String, _ reason: String, isLost: Bool = false) {
        state.update { state in
            if state.reasons[place] == nil {
                state.reasons[place] = reason
                state.order.append(place)
            }
            if isLost { state.lost.insert(place) }
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
            let places = state.order.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return DamageReport(
                places: places.prefix(DamageReport.limit).map { place in
                    DamageReport.Place(
                        place: place, reason: state.reasons[place] ?? "",
                        isInReplica: hasReplica ? !state.lost.contains(place) : nil)
                },
                placeCount: places.count,
                files: state.files.sorted { $0.path.lexicographicallyPrecedes($1.path) },
                fileCount: state.fileCount, notices: state.notices,
                isHealed: hasReplica && state.lost.isEmpty && state.fileCount == 0)
        }
    }
}
