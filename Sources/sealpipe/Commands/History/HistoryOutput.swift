import Jobs
import Profiling

/// Histories as `--json` prints them. Shares and ratios are fractions, sizes bytes.
struct HistoryOutput: Encodable {
    struct Run: Encodable {
        let archive, job, started: String
        let seconds, bytes_per_second, ratio, change: Double?
        let entries, content_bytes, stored_bytes, problem_count: Int
        let level, chunk_bytes, workers: Int?
    }

    struct Worse: Encodable {
        /// `rate`, `ratio`, `content` or `entries`.
        let kind: String
        let newest, median: Double
        let runs: Int
        let message: String
    }

    struct Set: Encodable {
        let set: String
        let runs: [Run]
        let regressions: [Worse]
    }

    let sets: [Set]

    init(_ histories: [RunHistory], last: Int) {
        sets = histories.map { history in
            Set(
                set: history.set,
                runs: history.runs.indices.suffix(last).map { index in
                    let run = history.runs[index]
                    return Run(
                        archive: run.archive, job: run.job, started: run.started,
                        seconds: run.seconds, bytes_per_second: run.rate, ratio: run.ratio,
                        change: history.change(at: index), entries: run.entries,
                        content_bytes: run.contentBytes, stored_bytes: run.storedBytes,
                        problem_count: run.problemCount, level: run.settings?.level,
                        chunk_bytes: run.settings?.chunkByteCount,
                        workers: run.settings?.workers)
                },
                regressions: history.regressions.map {
                    Worse(
                        kind: $0.kind.rawValue, newest: $0.newest, median: $0.median,
                        runs: $0.runCount, message: HistoryWords.sentence($0))
                })
        }
    }
}
