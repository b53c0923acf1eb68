import Locking

/// Jobs that run one at a time and in order, on whichever worker is free.
///
/// So a serial stage shares the cores with the parallel ones. On a thread of its own it would compete
/// with the workers, fall behind, and leave a core idle whenever they wait for it.
package final class Strand: Sendable {
    package typealias Job = @Sendable () throws -> Void

    private struct State {
        var jobs = JobQueue<Job>()
        var isRunning = false
    }

    private let schedule: @Sendable (@escaping Job) -> Void
    private let state = Monitor(State())

    package init<Worker>(on workers: WorkerPool<Worker>) {
        schedule = { job in workers.submit(.finishing) { _ in try job() } }
    }

    /// Never waits: whoever submits bounds the work by what the jobs hold, such as buffers of a pool.
    package func submit(_ job: @escaping Job) {
        let isIdle = state.update { state in
            state.jobs.append(job)
            return !exchange(&state.isRunning, with: true)
        }
        if isIdle { schedule { [self] in try runAll() } }
    }

    /// Runs what waits and what comes meanwhile. After an error nothing runs any more: the flow has
    /// failed.
    private func runAll() throws {
        while true {
            let job = state.update { state in
                let job = state.jobs.popFirst()
                state.isRunning = job != nil
                return job
            }
            guard let job else { return }
            try job()
        }
    }
}
