import Foundation
import Jobs
import Profiling

/// Tries levels of compression on a sample of a job's sources and says which serves a goal.
struct TuneRun {
    let path: String
    let settings: [String]
    let goal: TuningGoal

    func run() throws -> Tuning {
        guard let job = try LoadedJobs.load([path], settings: settings).first else {
            throw JobError(.jobFileInvalid, "\(path) holds no job")
        }
        guard case .paths = job.input, job.stages.compression != nil else {
            throw JobError(
                .usage, "'--tune' is for jobs that read 'paths' and have the stage 'compress'")
        }
        let plan = try JobPlan.make(job, environment: try JobExecution.environment())
        let trial = LevelTrial(job: job, tarBytes: plan.tarBytes ?? 0)
        // The first one would be slower than the others: it brings the sample into memory.
        _ = try trial.run(at: goal.levels[0])
        var tuning = Tuning(for: goal)
        for level in goal.levels where tuning.goesOn {
            let summary = try trial.run(at: level)
            guard
                let candidate = Tuning.Candidate(level: level, summary, tarBytes: trial.tarBytes)
            else { continue }
            tuning.take(candidate)
            Console.shared.notice("level \(level): about \(Figure.seconds(candidate.seconds))")
        }
        return tuning
    }

    /// The candidates as a table, and what to write into the job file.
    static func lines(_ tuning: Tuning) -> [String] {
        var rows = [["", "level", "time", "stored", "limited by"]]
        for candidate in tuning.candidates {
            rows.append([
                candidate == tuning.choice ? "*" : "", "\(candidate.level)",
                Figure.seconds(candidate.seconds), Figure.bytes(Double(candidate.storedBytes)),
                candidate.limit ?? "processors",
            ])
        }
        let table = TextTable.lines(rows)
        guard let choice = tuning.choice else { return table }
        return table + [
            "", "forecast from a sample, without the time that storing takes; in the job file:", "",
            "stages:", "  - compress: { level: \(choice.level) }",
        ]
    }
}
