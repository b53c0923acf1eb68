import Locking
import GRDB

/// The database that keeps accounts, keys and sealed material: `okms.sqlite` in a directory.
///
/// Several threads and several processes may use one store at once. Every commit is on disk when it
/// returns, and soon after in the file itself rather than in the log beside it: whoever copies
/// `okms.sqlite` alone has every key. Deleted material is overwritten in the file.
/// Source: sqlite.org/wal.html, GRDB `DatabasePool`.
final class Store: Sendable {
    static let fileName = "okms.sqlite"

    let path: String
    private let database: DatabasePool
    /// Writes nothing, so that it sees every commit as somebody else's.
    private let watcher: DatabaseQueue
    private let latest = Monitor<(version: Int64?, generation: Generation)>(
        (nil, .none))

    /// The state of the store at some moment, later ones being greater.
    struct Generation: Hashable, Comparable {
        static let none = Generation(number: 0)

        fileprivate let number: Int64

        static func < (a: Generation, b: Generation) -> Bool { a.number < b.number }
    }

    /// Opens the database in a directory that is there, and brings its tables up to date.
    ///
    /// The caller holds the directory's lock: two processes may make the same store.
    init(directory: String, busyTimeoutSeconds: Double) throws {
        let path = "\(directory)/\(Self.fileName)"
        self.path = path
        (database, watcher) = try translatingErrors(at: path) {
            var configuration = Configuration()
            configuration.busyMode = .timeout(busyTimeoutSeconds)
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
            let database = try DatabasePool(path: path, configuration: configuration)
            try database.writeWithoutTransaction { db in
                // The pool sets NORMAL, under which a power cut may undo the last commits.
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            let migrator = Schema.migrator
            guard try !database.read(migrator.hasBeenSuperseded) else {
                throw StoreError.newer(path: path)
            }
            try migrator.migrate(database)
            Self.takeOver(database)
            configuration.readonly = true
            return (database, try DatabaseQueue(path: path, configuration: configuration))
        }
    }

    /// Reads from the database in a directory without making it, bringing it up to date, or keeping it open.
    static func reading<T>(directory: String, _ body: (Database) throws -> T) throws -> T {
        let path = "\(directory)/\(fileName)"
        return try translatingErrors(at: path) {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            return try DatabaseQueue(path: path, configuration: configuration).read(body)
        }
    }

    func read<T>(_ body: (Database) throws -> T) throws -> T {
        try translatingErrors(at: path) { try database.read(body) }
    }

    /// A number that grows with every commit that anybody made since the last call, in whatever
    /// process.
    /// Source: sqlite.org/pragma.html#pragma_data_version.
    func generation() throws -> Generation {
        try translatingErrors(at: path) {
            try latest.update { latest in
                let version = try watcher.unsafeRead { db in
                    try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA data_version"))
                }
                if version != latest.version {
                    latest = (version, Generation(number: latest.generation.number + 1))
                }
                return latest.generation
            }
        }
    }

    /// Takes what was deleted out of the write-ahead log too, where no reader needs it any more.
    func forgetDeleted() throws {
        try translatingErrors(at: path) {
            _ = try database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        }
    }

    /// Runs one transaction. It takes the write lock at once, so what it reads stays true; whatever
    /// `body` throws undoes it.
    func write<T>(_ body: (Database) throws -> T) throws -> T {
        try translatingErrors(at: path) {
            let result = try database.write(body)
            Self.takeOver(database)
            return result
        }
    }

    /// Takes what was written over into the file, as far as readers let it: it is durable already.
    private static func takeOver(_ database: DatabasePool) {
        _ = try? database.writeWithoutTransaction { try $0.checkpoint(.passive) }
    }
}

/// Puts SQLite's errors into ours and lets all others through.
private func translatingErrors<T>(at path: String, _ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch let error as DatabaseError {
        throw StoreError(error, at: path)
    } catch is RowDecodingError {
        throw StoreError.damaged(path: path, reason: "a value has an unexpected type")
    }
}

extension StoreError {
    /// SQLite's own sentences name tables and columns, never bound values.
    fileprivate init(_ error: DatabaseError, at path: String) {
        let reason = error.message ?? "SQLite result \(error.extendedResultCode.rawValue)"
        self =
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: .locked(path: path)
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged(path: path, reason: reason)
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
                .cannotOpen(path: path, reason: reason)
            case .SQLITE_FULL: .full(path: path)
            default: .failed(path: path, reason: reason)
            }
    }
}
