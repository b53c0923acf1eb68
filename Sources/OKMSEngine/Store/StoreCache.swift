import Locking
import GRDB

/// What was read from the store, for as long as nobody commits anything.
///
/// Whoever looks says which generation of the store it must be of at least; so a change by another
/// engine or process is seen by every call that asks for the generation after it.
final class StoreCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Content {
        var generation: Store.Generation?
        var values: [Key: Value] = [:]
    }

    /// More are not kept: names that callers make up must not fill the memory.
    private let limit: Int
    private let store: Store
    private let content = Monitor(Content())

    init(of store: Store, limit: Int = 10_000) {
        self.store = store
        self.limit = limit
    }

    /// What is kept under a key, or else read now. Nothing is kept where `read` finds nothing.
    func value(
        for key: Key, asOf generation: Store.Generation, read: (Database) throws -> Value?
    ) throws -> Value? {
        let known = content.update { content in
            if content.generation.map({ $0 < generation }) ?? true {
                content = Content(generation: generation)
            }
            return content.values[key]
        }
        if let known { return known }
        guard let value = try store.read(read) else { return nil }
        content.update { content in
            // What was read may be newer than its generation, never older.
            guard content.generation == generation else { return }
            if content.values.count >= limit { content.values = [:] }
            content.values[key] = value
        }
        return value
    }
}
