internal import Synchronization

/// What a stage did: counters that any thread may add to.
///
/// A stage is busy while its own thread runs and does not wait at one of its ends; or, where it has no
/// thread of its own, while one of its pieces of work is measured.
package final class StageMeter: Sendable {
    /// Where a stage's work is done.
    package enum Place: Sendable, Equatable {
        /// On a thread of its own.
        case thread
        /// On the workers of the pool named.
        case pool(String)
        /// Before, beside and after the flow: calls of a service, the commit of what was made.
        case outside
    }

    package let name: String
    package let place: Place
    /// Waits for something to work on.
    package let inputWait: WaitMeter
    /// Waits for room to put results in.
    package let outputWait: WaitMeter
    private let trace: TraceRecorder?
    private let items = Atomic<Int>(0)
    private let bytesIn = Atomic<Int>(0)
    private let bytesOut = Atomic<Int>(0)
    private let pieceNanoseconds = Atomic<Int>(0)
    private let processorNanoseconds = Atomic<Int>(0)
    private let threadStart = Atomic<Int>(0)
    private let threadEnd = Atomic<Int>(0)
    private let latencies = Latencies()

    package convenience init(_ name: String, at place: Place = .thread) {
        self.init(name, at: place, trace: nil)
    }

    /// With a `trace`, single pieces of work are remembered too.
    init(_ name: String, at place: Place, trace: TraceRecorder?) {
        self.name = name
        self.place = place
        self.trace = trace
        inputWait = WaitMeter(.inputWait, of: name, trace: trace)
        outputWait = WaitMeter(.outputWait, of: name, trace: trace)
    }

    package func count(items: Int = 1, bytesIn: Int = 0, bytesOut: Int = 0) {
        self.items.add(items, ordering: .relaxed)
        self.bytesIn.add(bytesIn, ordering: .relaxed)
        self.bytesOut.add(bytesOut, ordering: .relaxed)
        trace?.count(of: name, bytesIn: bytesIn, bytesOut: bytesOut)
    }

    /// Measures a piece of the stage's work: its latency and, where the stage has no thread of its
    /// own, its time.
    package func measure<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let start = monotonicNanoseconds()
        let event = trace?.begin(.work, of: name, at: start)
        let isPiece = threadStart.load(ordering: .relaxed) == 0
        let processorStart = isPiece ? threadProcessorNanoseconds() : 0
        defer {
            let time = monotonicNanoseconds() - start
            if let event { trace?.end(event, at: start + time) }
            latencies.record(nanoseconds: time)
            if isPiece {
                pieceNanoseconds.add(time, ordering: .relaxed)
                processorNanoseconds.add(
                    threadProcessorNanoseconds() - processorStart, ordering: .relaxed)
            }
        }
        return try body()
    }

    /// Runs all of the stage's work on the calling thread, its own from now on.
    func runThread(_ body: () throws -> Void) rethrows {
        let processorStart = threadProcessorNanoseconds()
        let start = monotonicNanoseconds()
        threadStart.store(start, ordering: .relaxed)
        trace?.nameThread(name)
        let event = trace?.begin(.stage, of: name, at: start)
        defer {
            let end = monotonicNanoseconds()
            threadEnd.store(end, ordering: .relaxed)
            if let event { trace?.end(event, at: end) }
            processorNanoseconds.add(
                threadProcessorNanoseconds() - processorStart, ordering: .relaxed)
        }
        try body()
    }

    private var busyNanoseconds: Int {
        let start = threadStart.load(ordering: .relaxed)
        guard start > 0 else { return pieceNanoseconds.load(ordering: .relaxed) }
        let end = threadEnd.load(ordering: .relaxed)
        let ran = (end > 0 ? end : monotonicNanoseconds()) - start
        return max(0, ran - inputWait.nanoseconds - outputWait.nanoseconds)
    }

    /// What the stage's thread is at.
    package enum Activity: String, Sendable {
        case idle, working, waitingForInput, waitingForOutput
    }

    package var activity: Activity {
        if inputWait.isWaiting { return .waitingForInput }
        if outputWait.isWaiting { return .waitingForOutput }
        let isRunning =
            threadStart.load(ordering: .relaxed) > 0 && threadEnd.load(ordering: .relaxed) == 0
        return isRunning ? .working : .idle
    }

    /// The figures at one moment.
    package struct Reading: Sendable, Equatable {
        package let name: String
        package let place: Place
        package var items = 0
        package var bytesIn = 0
        package var bytesOut = 0
        /// Of all threads together, waits at the stage's ends excluded.
        package var busySeconds = 0.0
        /// How much of it a processor worked. Of a stage with a thread, known at its end.
        package var processorSeconds = 0.0
        package var inputWaitSeconds = 0.0
        package var outputWaitSeconds = 0.0
        package var latency: LatencySummary?

        package init(_ name: String, at place: Place = .thread) {
            self.name = name
            self.place = place
        }
    }

    /// The counters alone, for who looks often.
    var counts: FlowReport.Sample.Counts {
        FlowReport.Sample.Counts(
            bytesIn: bytesIn.load(ordering: .relaxed), bytesOut: bytesOut.load(ordering: .relaxed),
            busySeconds: Double(busyNanoseconds) / 1e9)
    }

    package var reading: Reading {
        var reading = Reading(name, at: place)
        reading.items = items.load(ordering: .relaxed)
        reading.bytesIn = bytesIn.load(ordering: .relaxed)
        reading.bytesOut = bytesOut.load(ordering: .relaxed)
        reading.busySeconds = Double(busyNanoseconds) / 1e9
        reading.processorSeconds = Double(processorNanoseconds.load(ordering: .relaxed)) / 1e9
        reading.inputWaitSeconds = Double(inputWait.nanoseconds) / 1e9
        reading.outputWaitSeconds = Double(outputWait.nanoseconds) / 1e9
        reading.latency = latencies.summary
        return reading
    }
}
