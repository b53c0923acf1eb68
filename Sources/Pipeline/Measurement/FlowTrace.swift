/// Single pieces of work and waits of a flow, on the threads that did them.
package struct FlowTrace: Sendable {
    package struct Event: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            /// All that a thread of its own did for a stage.
            case stage
            /// A piece of work.
            case work
            /// A wait for something to work on.
            case inputWait
            /// A wait for room to put results in.
            case outputWait
        }

        package let kind: Kind
        package let stage: String
        /// The thread's number.
        package let track: Int
        /// Since the trace began.
        package let start: Int
        package var nanoseconds = 0
        /// Nil where the stage told of none.
        package var bytesIn, bytesOut: Int?

        package init(_ kind: Kind, of stage: String, on track: Int, at start: Int) {
            self.kind = kind
            self.stage = stage
            self.track = track
            self.start = start
        }
    }

    /// In the order in which they began.
    package var events: [Event]
    /// Names of threads, by their number.
    package var tracks: [String]
    /// Events that came when there was no room any more.
    package var dropped = 0
    /// When the pipeline began, in nanoseconds since the trace did.
    package var pipelineStart = 0

    package init(events: [Event] = [], tracks: [String] = []) {
        self.events = events
        self.tracks = tracks
    }
}
