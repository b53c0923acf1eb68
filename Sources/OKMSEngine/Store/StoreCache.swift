import GRDB

/// What was read from the store, for as long as nobody commits anything.
///
/// Each look asks the store for its version first, so a change by another engine or process is seen
/// by the next call; when the version is another one, everything is read anew.
final class StoreCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Content {
        var version: Int64?
        var values: [Key: Value] = [:]
    }

    /// More are not kept: names that callers make up must not fill the memory.
    private let limit: Int
    private let store: Store
    private let content = Locked(Content())

    init(of store: Store, limit: Int = 10_000) {
        self.store = store
        self.limit = limit
    }

    /// What is kept under a key, or else read now. Nothing is kept where `read` finds nothing.
    func value(for key: Key, read: (Database) throws -> Value?) throws -> Value? {
        let (version, known) = try content.withValue { content in
            // Under the lock, so that no thread takes an older version for a newer one.
            let version = try store.version()
            if content.version != version { content = Content(version: version) }
            return (version, content.values[key])
        }
        if let known { return known }
        guard let value = try store.read(read) else { return nil }
        content.withValue { content in
            // What was read may be newer than the version, never older.
            guard content.version == version else { return }
            if content.values.count >= limit { content.values = [:] }
            content.values[key] = value
        }
        return value
    }
}
