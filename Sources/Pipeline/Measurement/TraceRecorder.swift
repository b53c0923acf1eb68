private import Glibc
private import Locking

/// Remembers single events of a flow, the first so many of them: memory does not grow with the run.
final class TraceRecorder: Sendable {
    private struct State {
        var trace = FlowTrace()
        /// The tracks of threads; a thread that is named anew gets a new one.
        var tracks: [pthread_t: Int] = [:]
        /// The last event of work of a stage on a track.
        var latest: [Place: Int] = [:]
        /// Whether an event has ended.
        var isEnded: [Bool] = []
    }

    private struct Place: Hashable {
        let track: Int
        let stage: String
    }

    /// About 30 MB of memory, and as much in a file.
    static let limit = 300_000

    private let limit: Int
    private let origin = monotonicNanoseconds()
    private let state = Monitor(State())

    init(limit: Int = limit) { self.limit = limit }

    /// The calling thread's name from now on.
    func nameThread(_ name: String) {
        state.update { state, waking in
            waking = .none
            _ = Self.makeTrack(name, &state)
        }
    }

    /// An event of the calling thread begins; returns its number, nil where there is no room for it.
    func begin(_ kind: FlowTrace.Event.Kind, of stage: String, at time: Int) -> Int? {
        state.update { state, waking in
            waking = .none
            let track = state.tracks[pthread_self()] ?? Self.makeTrack("caller", &state)
            let place = Place(track: track, stage: stage)
            guard state.trace.events.count < limit else {
                state.trace.dropped += 1
                state.latest[place] = nil
                return nil
            }
            let number = state.trace.events.count
            state.trace.events.append(
                FlowTrace.Event(kind, of: stage, on: track, at: max(0, time - origin)))
            state.isEnded.append(false)
            if kind == .work { state.latest[place] = number }
            return number
        }
    }

    func end(_ number: Int, at time: Int) {
        state.update { state, waking in
            waking = .none
            let event = state.trace.events[number]
            state.trace.events[number].nanoseconds = max(0, time - origin - event.start)
            state.isEnded[number] = true
        }
    }

    /// What a piece of work took and gave: the one that the calling thread is at or has just done.
    func count(of stage: String, bytesIn: Int, bytesOut: Int) {
        state.update { state, waking in
            waking = .none
            guard let track = state.tracks[pthread_self()],
                let number = state.latest[Place(track: track, stage: stage)],
                state.trace.events[number].bytesIn == nil
            else { return }
            state.trace.events[number].bytesIn = bytesIn
            state.trace.events[number].bytesOut = bytesOut
        }
    }

    /// What has ended so far, of a pipeline that began at `start`.
    func trace(pipelineStart start: Int) -> FlowTrace {
        state.read { state in
            var trace = state.trace
            trace.events = zip(state.trace.events, state.isEnded).filter(\.1).map(\.0)
            trace.pipelineStart = max(0, start - origin)
            return trace
        }
    }

    private static func makeTrack(_ name: String, _ state: inout State) -> Int {
        state.trace.tracks.append(name)
        let track = state.trace.tracks.count - 1
        state.tracks[pthread_self()] = track
        return track
    }
}
