internal import Dispatch

/// One pipeline at work: the stages that run, and the fate they share.
///
/// The first error wins: it closes every channel and pool of the flow, every stage returns, and
/// `wait` throws that error. Cancelling is the same path.
package final class Flow: Sendable {
    /// What a channel or a pool of a failed flow throws; never the cause, which `wait` throws.
    package struct Stopped: Error {}

    private struct State {
        var failure: (any Error)?
        var closers: [@Sendable () -> Void] = []
        var meters: [StageMeter] = []
    }

    private let state = Monitor(State())
    private let stages = DispatchGroup()

    package init() {}

    /// A meter whose reading the flow keeps.
    package func makeMeter(_ name: String) -> StageMeter {
        let meter = StageMeter(name)
        state.update { $0.meters.append(meter) }
        return meter
    }

    /// What every stage has done, in the order in which their meters were made.
    package var readings: [StageMeter.Reading] { state.read { $0.meters.map(\.reading) } }

    /// Starts a stage: a body that runs on a thread of its own until its work is done.
    package func stage(_ name: String, _ body: @escaping @Sendable () throws -> Void) {
        DispatchQueue(label: "sealpipe.\(name)").async(group: stages) { [self] in
            do { try body() } catch { fail(error) }
        }
    }

    /// Stops everything for the reason given, unless it has stopped before.
    package func fail(_ error: any Error) {
        if error is Stopped { return }
        let closers = state.update { state -> [@Sendable () -> Void] in
            guard state.failure == nil else { return [] }
            state.failure = error
            return state.closers
        }
        for close in closers { close() }
    }

    /// The first error so far.
    package var failure: (any Error)? { state.read { $0.failure } }

    /// Throws `Stopped` once the flow has failed.
    package func check() throws {
        if failure != nil { throw Stopped() }
    }

    /// Has `close` called when the flow fails, at once if it has.
    package func onFailure(_ close: @escaping @Sendable () -> Void) {
        let failed = state.update { state in
            if state.failure == nil { state.closers.append(close) }
            return state.failure != nil
        }
        if failed { close() }
    }

    package func makeChannel<Element: Sendable>(
        _ name: String, capacity: Int
    ) -> Channel<Element> {
        let channel = Channel<Element>(name: name, capacity: capacity)
        onFailure { channel.close() }
        return channel
    }

    package func makeOrderedChannel<Element: Sendable>(
        _ name: String, capacity: Int
    ) -> OrderedChannel<Element> {
        let channel = OrderedChannel<Element>(name: name, capacity: capacity)
        onFailure { channel.close() }
        return channel
    }

    package func makeWorkers<Worker>(
        _ count: Int, meter: StageMeter, _ make: @escaping @Sendable () throws -> Worker
    ) -> WorkerPool<Worker> {
        let pool = WorkerPool(flow: self, count: count, group: stages, meter: meter, make)
        onFailure { pool.finish(dropping: true) }
        return pool
    }

    /// Waits for every stage to return.
    package func wait() throws {
        stages.wait()
        if let failure { throw failure }
    }
}
