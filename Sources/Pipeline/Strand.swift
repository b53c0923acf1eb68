/// Jobs that run one at a time and in order, on whichever worker is free.
///
/// So a serial stage shares the cores with the parallel ones. On a thread of its own it would compete
/// with the workers, fall behind, and leave a core idle whenever they wait for it.
package final class Strand<Worker>: Sendable {
    package typealias Job = @Sendable () throws -> Void

    private struct State {
        var jobs = JobQueue<Job>()
        var isRunning = false
    }

    private let workers: WorkerPool<Worker>
    private let state = Monitor(State())

    package init(on workers: WorkerPool<Worker>) { self.workers = workers }

    /// Never waits: whoever submits bounds the work by what the jobs hold, such as buffers of a pool.
    package func submit(_ job: @escaping Job) {
        let isIdle = state.update { state in
            state.jobs.append(job)
            return !exchange(&state.isRunning, with: true)
        }
        if isIdle { workers.submit(.finishing) { [self] _ in try runAll() } }
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
