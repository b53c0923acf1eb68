import Archive
package import Pipeline

/// What a run did, for people, for `--json` and for the manifest.
package struct RunSummary: Sendable {
    package var job: String
    /// The path of the new archive, or of the one that was read.
    package var archive: String?
    package var entries = 0
    package var contentBytes = 0
    package var tarBytes = 0
    package var storedBytes = 0
    package var seconds = 0.0
    package var keyCalls = 0
    /// Parts that an earlier run, which was not finished, had sealed.
    package var keptParts = 0
    /// Files, links and devices that a restore found from an interrupted one, and that it made; nil
    /// where nothing was restored.
    package var keptFiles: Int?
    package var madeFiles: Int?
    /// Where the bytes went, the type of file with the most first; empty where that is not counted.
    package var types: [FileTypeTotal] = []
    /// The first problems with inputs; on restoring, with metadata, with what the target refuses and
    /// with patterns that nothing matches.
    package var problems: [Problem] = []
    package var problemCount = 0
    package var isPartial = false
    /// What was found damaged; nil where damage ends the run.
    package var damage: DamageReport?
    package var notices: [String] = []
    /// What its pipeline did, stage by stage.
    package var report = FlowReport()

    package struct Problem: Sendable {
        package let path: String
        package let kind: String
        package let detail: String
    }

    init(job: String) { self.job = job }

    /// How a run with this summary ends.
    package var status: ExitStatus {
        if let damage, !damage.isEmpty, !damage.isHealed { return .integrity }
        return isPartial ? .partial : .done
    }

    mutating func take(_ progress: RunProgress) {
        entries = progress.entries
        contentBytes = progress.contentBytes
        tarBytes = progress.tarBytes
        storedBytes = progress.storedBytes
        problemCount = progress.problemCount
        isPartial = progress.isPartial
        problems = progress.firstProblems.map {
            Problem(path: display(path: $0.path), kind: $0.kind.rawValue, detail: $0.detail)
        }
    }

    /// Problems beside those of the entries.
    mutating func add(_ others: [Problem]) {
        problems += others
        problemCount += others.count
        isPartial = isPartial || !others.isEmpty
    }

    mutating func take(_ result: RestoreRun.Result) {
        types = result.types
        entries -= result.lost.entries
        contentBytes -= result.lost.contentByteCount
        (keptFiles, madeFiles) = (result.kept, result.made)
        if result.hasGoneOn {
            notices.append(
                "went on with an interrupted restore: kept \(result.kept) files, made \(result.made)"
            )
        }
        problemCount = result.problemCount
        isPartial = result.problemCount > 0
        problems = result.problems.map {
            Problem(path: display(path: $0.path), kind: $0.kind.rawValue, detail: $0.detail)
        }
    }
}
