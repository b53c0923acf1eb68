import Dispatch
import Locking
import Pipeline

/// An error of a test's own.
struct Oops: Error, Equatable {
    let number: Int

    init(_ number: Int = 0) { self.number = number }
}

/// Lets threads meet: `arrive` waits until as many have come as are expected.
final class Barrier: Sendable {
    private let expected: Int
    private let arrived = Monitor(0)

    init(of expected: Int) { self.expected = expected }

    func arrive() {
        arrived.update { $0 += 1 }
        arrived.wait { $0 >= expected ? () : nil }
    }
}

/// What threads of a test note down.
final class Notes<Note: Sendable>: Sendable {
    private let notes = Monitor<[Note]>([])

    var all: [Note] { notes.read { $0 } }

    func add(_ note: Note) { notes.update { $0.append(note) } }

    func waitFor(count: Int) { notes.wait { $0.count >= count ? () : nil } }
}

/// Runs each number on a thread of its own and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for number in 0..<count {
        DispatchQueue(label: "test.\(number)").async(group: group) { body(number) }
    }
    group.wait()
}
