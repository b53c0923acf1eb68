internal import Dispatch
private import Locking

/// Workers that run jobs side by side, as many as the machine has cores.
///
/// Each worker owns a `Worker`: contexts and scratch memory made once and never shared. Jobs of the
/// `.finishing` lane go first, because they free the memory that `.starting` jobs fill.
package final class WorkerPool<Worker>: Sendable {
    package enum Lane: Sendable { case starting, finishing }
    package typealias Job = @Sendable (inout Worker) throws -> Void

    private struct State {
        var starting = JobQueue<Job>()
        var finishing = JobQueue<Job>()
        var isFinished = false
        var isDropped = false
    }

    package let count: Int
    private let state = Monitor(State())
    private let meter: StageMeter

    init(
        flow: Flow, count: Int, group: DispatchGroup, meter: StageMeter,
        _ make: @escaping @Sendable () throws -> Worker
    ) {
        precondition(count > 0, "a pool has at least one worker")
        self.count = count
        self.meter = meter
        for number in 0..<count {
            // A queue each, hence a thread each. Blocks of one concurrent queue get a thread only while
            // fewer than the machine's cores are busy or, after a second, waiting.
            let queue = DispatchQueue(label: "sealpipe.worker-\(number)")
            queue.async(group: group) { [self] in
                flow.countingDelay {
                    flow.nameThread("\(meter.name) \(number + 1)")
                    do {
                        var worker = try make()
                        while let job = next() { try meter.measure { try job(&worker) } }
                    } catch {
                        flow.fail(error)
                    }
                }
            }
        }
    }

    /// Never waits: whoever submits bounds the work by the channel its promises go through, or by the
    /// buffers its jobs hold.
    package func submit(_ lane: Lane, _ job: @escaping Job) {
        state.update { state, waking in
            waking = .one
            // The flow has failed and whoever submits will soon notice.
            if state.isDropped { return }
            precondition(!state.isFinished, "no job is submitted after finish")
            switch lane {
            case .starting: state.starting.append(job)
            case .finishing: state.finishing.append(job)
            }
        }
    }

    /// No more jobs will come; those that wait are done first, unless they are dropped.
    package func finish(dropping: Bool = false) {
        state.update { state in
            state.isFinished = true
            if dropping {
                state.isDropped = true
                state.starting = JobQueue()
                state.finishing = JobQueue()
            }
        }
    }

    private func next() -> Job? {
        state.wait { state, waking -> Job?? in
            waking = .none
            if let job = state.finishing.popFirst() ?? state.starting.popFirst() {
                return .some(job)
            }
            return state.isFinished ? .some(nil) : nil
        }
    }
}

/// First in, first out, without moving the rest on every removal.
struct JobQueue<Job> {
    private var jobs: [Job?] = []
    private var first = 0

    /// Slots in memory, used or not: a few more than jobs wait, however many have gone through.
    var slotCount: Int { jobs.count }

    mutating func append(_ job: Job) {
        if first > 16, first > jobs.count / 2 {
            jobs.removeFirst(first)
            first = 0
        }
        jobs.append(job)
    }

    mutating func popFirst() -> Job? {
        guard first < jobs.count else { return nil }
        let job = jobs[first].take()
        first += 1
        if first == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            first = 0
        }
        return job
    }
}
