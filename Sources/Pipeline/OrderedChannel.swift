import Locking

/// A bounded queue of results in the order in which they were promised, not in which they came.
///
/// The feeder reserves a place before it queues the work; a worker fulfils it; the receiver waits for
/// the first place only. So order costs nothing, and the places bound the work in flight.
package final class OrderedChannel<Element: Sendable>: Sendable {
    private struct State {
        var places: [Element?]
        var first = 0
        var reserved = 0
        var isFinished = false
        var isClosed = false
    }

    /// A promised result.
    package struct Place: Sendable {
        fileprivate let channel: OrderedChannel
        fileprivate let number: Int

        /// Hands the result in, once.
        package func fulfil(_ element: Element) {
            channel.state.update { state, waking in
                if state.isClosed { return }
                // Nobody waits for another than the first.
                waking = number == state.first ? .content : .none
                let slot = number % state.places.count
                precondition(
                    number >= state.first && state.places[slot] == nil, "a place is fulfilled once")
                state.places[slot] = element
            }
        }
    }

    package let name: String
    package let capacity: Int
    private let sender: StageMeter?
    private let receiver: StageMeter?
    private let state: Monitor<State>

    init(name: String, capacity: Int, from sender: StageMeter?, to receiver: StageMeter?) {
        precondition(capacity > 0, "a channel has at least one place")
        self.name = name
        self.capacity = capacity
        self.sender = sender
        self.receiver = receiver
        state = Monitor(State(places: Array(repeating: nil, count: capacity)))
    }

    /// Waits while every place is taken.
    package func reserve() throws(Flow.Stopped) -> Place {
        let number = try state.wait(for: .room, sender?.outputWait) {
            (state, waking) throws(Flow.Stopped) -> Int? in
            if state.isClosed { throw Flow.Stopped() }
            precondition(!state.isFinished, "nothing is promised after finish")
            guard state.reserved - state.first < state.places.count else { return nil }
            waking = .none
            state.reserved += 1
            return state.reserved - 1
        }
        return Place(channel: self, number: number)
    }

    /// The next result in order; nil after the last one.
    package func receive() throws(Flow.Stopped) -> Element? {
        try state.wait(for: .content, receiver?.inputWait) {
            (state, waking) throws(Flow.Stopped) -> Element?? in
            if state.isClosed { throw Flow.Stopped() }
            guard state.first < state.reserved else { return state.isFinished ? .some(nil) : nil }
            guard let element = state.places[state.first % state.places.count].take() else {
                return nil
            }
            let wasFull = state.reserved - state.first == state.places.count
            state.first += 1
            let isNextThere = state.places[state.first % state.places.count] != nil
            waking =
                switch (wasFull, isNextThere) {
                case (true, true): .all
                case (true, false): .room
                case (false, true): .content
                case (false, false): .none
                }
            return .some(element)
        }
    }

    /// No more results will be promised.
    package func finish() { state.update { $0.isFinished = true } }

    /// How many results are promised and not yet received.
    var depth: Int { state.read { $0.reserved - $0.first } }

    /// Drops every result and throws `Stopped` at both ends from now on.
    func close() {
        state.update { state in
            state.isClosed = true
            state.places = Array(repeating: nil, count: state.places.count)
        }
    }
}
