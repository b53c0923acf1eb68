import Foundation
import Jobs
import Profiling

/// Runs a job with every combination of some settings and keeps nothing.
struct SweepRun {
    let path: String
    /// What is set for all of them.
    let settings: [String]
    let axes: [SweepAxis]
    let rounds: Int

    func run() throws -> Sweep {
        let grid = try Self.usage { () throws(SweepAxis.Invalid) in try SweepAxis.grid(of: axes) }
        // Every combination is checked before the first one is run.
        let jobs = try grid.map { choices -> Job in
            let all = settings + choices.map(\.setting)
            guard let job = try LoadedJobs.load([path], settings: all).first else {
                throw JobError(.jobFileInvalid, "\(path) holds no job")
            }
            return job.dryRun()
        }
        guard let first = jobs.first else { throw JobError(.usage, "nothing is varied") }
        try Self.checkCanRepeat(first)
        let start = Date()
        var trials = grid.map { Sweep.Trial(choices: $0) }
        for round in 0..<rounds {
            for index in Sweep.order(of: trials.count, round: round, of: rounds) {
                let summary = try JobExecution.execute(jobs[index], tellsProblems: round == 0)
                trials[index].take(summary)
                Console.shared.notice(
                    "round \(round + 1) of \(rounds): \(trials[index].name): "
                        + Figure.seconds(summary.seconds))
            }
        }
        return Sweep(
            of: first.name, tool: Sealpipe.tool, start: start,
            processors: Processors.count, rounds: rounds, axes: axes,
            trials: trials)
    }

    /// What can be read once only cannot be run again.
    private static func checkCanRepeat(_ job: Job) throws {
        guard case .stdin = job.input else { return }
        throw JobError(
            .usage, "standard input can be read only once",
            hint: "sweep a job that reads 'paths' or an archive")
    }

    static func usage<R>(_ body: () throws(SweepAxis.Invalid) -> R) throws -> R {
        do throws(SweepAxis.Invalid) { return try body() } catch {
            throw JobError(.usage, "--sweep: \(error.description)")
        }
    }
}
