private import Synchronization

/// How many connections there are and were.
final class ConnectionMeters: Sendable {
    private let open = Atomic(0)
    private let total = Atomic(0)

    func opened() {
        open.add(1, ordering: .relaxed)
        total.add(1, ordering: .relaxed)
    }

    func closed() { open.subtract(1, ordering: .relaxed) }

    var openCount: Int { open.load(ordering: .relaxed) }
    var totalCount: Int { total.load(ordering: .relaxed) }
}
