import Locking

/// A bounded first-in first-out queue between two stages.
///
/// `send` waits while the channel is full, `receive` while it is empty. After `finish` the receiver
/// gets what is left, then nil. After the flow's failure both ends throw `Flow.Stopped`.
package final class Channel<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element?]
        var first = 0
        var count = 0
        var isFinished = false
        var isClosed = false
    }

    package let name: String
    package let capacity: Int
    private let sender: StageMeter?
    private let receiver: StageMeter?
    private let state: Monitor<State>

    init(name: String, capacity: Int, from sender: StageMeter?, to receiver: StageMeter?) {
        precondition(capacity > 0, "a channel holds at least one element")
        self.name = name
        self.capacity = capacity
        self.sender = sender
        self.receiver = receiver
        state = Monitor(State(elements: Array(repeating: nil, count: capacity)))
    }

    package func send(_ element: Element) throws(Flow.Stopped) {
        try state.wait(for: .room, sender?.outputWait) {
            (state, waking) throws(Flow.Stopped) -> Void? in
            if state.isClosed { throw Flow.Stopped() }
            precondition(!state.isFinished, "nothing is sent after finish")
            guard state.count < state.elements.count else { return nil }
            state.elements[(state.first + state.count) % state.elements.count] = element
            waking = state.count == 0 ? .content : .none
            state.count += 1
            return ()
        }
    }

    package func receive() throws(Flow.Stopped) -> Element? {
        try state.wait(for: .content, receiver?.inputWait) {
            (state, waking) throws(Flow.Stopped) -> Element?? in
            if state.isClosed { throw Flow.Stopped() }
            guard state.count > 0 else { return state.isFinished ? .some(nil) : nil }
            let element = state.elements[state.first].take()
            waking = state.count == state.elements.count ? .room : .none
            state.first = (state.first + 1) % state.elements.count
            state.count -= 1
            return .some(element)
        }
    }

    /// No more elements will come.
    package func finish() { state.update { $0.isFinished = true } }

    /// How many elements wait.
    var depth: Int { state.read { $0.count } }

    /// Drops what waits in the channel and throws `Stopped` at both ends from now on.
    func close() {
        state.update { state in
            state.isClosed = true
            state.elements = Array(repeating: nil, count: state.elements.count)
            state.count = 0
        }
    }
}
