import Archive

/// What belongs to all files of one type.
package struct FileTypeTotal: Sendable, Equatable {
    /// The extension of their names with its dot, in lower case; or one of `FileTypes`' own names.
    package let name: String
    package internal(set) var files = 0
    /// Bytes of the files, holes included.
    package internal(set) var contentBytes = 0
    /// Their bytes of the tar: headers, data, padding.
    package internal(set) var tarBytes = 0
    /// Their share of what was stored: of each chunk in proportion to their bytes of it.
    package internal(set) var storedBytes = 0
}

/// Counts files by type, as the extensions of their names tell it. One thread's own.
struct FileTypes: Sendable {
    /// The number of a type.
    typealias Index = Int

    static let noFile: Index = 0
    private static let noExtension: Index = 1
    private static let rest: Index = 2
    /// So many extensions have numbers of their own; memory does not grow with what names hold.
    static let limit = 1000

    private var totals = [
        FileTypeTotal(name: "directories and links"), FileTypeTotal(name: "no extension"),
        FileTypeTotal(name: "other extensions"),
    ]
    private var indices: [[UInt8]: Index] = [:]

    /// What there was of each type, the most bytes first, with the bytes that were counted elsewhere.
    func totals(with bytes: TypeBytes) -> [FileTypeTotal] {
        var totals = totals
        for (type, count) in bytes.counts.enumerated() {
            totals[type].tarBytes = count.tar
            totals[type].storedBytes = count.stored
        }
        return totals.filter { $0.files > 0 || $0.tarBytes > 0 }
            .sorted { ($1.tarBytes, $0.name) < ($0.tarBytes, $1.name) }
    }

    /// Counts an entry and tells its type.
    mutating func add(_ entry: Entry) -> Index {
        let type = index(of: entry)
        guard entry.kind == .file else { return type }
        totals[type].files += 1
        add(contentBytes: entry.size, to: type)
        return type
    }

    mutating func add(contentBytes: Int, to type: Index) {
        // What a catalog says of sizes may be anything.
        totals[type].contentBytes &+= contentBytes
    }

    mutating func index(of entry: Entry) -> Index {
        guard entry.kind == .file else { return Self.noFile }
        guard let name = Self.fileExtension(of: entry.path) else { return Self.noExtension }
        if let index = indices[name] { return index }
        guard indices.count < Self.limit else { return Self.rest }
        totals.append(FileTypeTotal(name: "." + display(path: name)))
        indices[name] = totals.count - 1
        return totals.count - 1
    }

    /// What stands behind the last dot of a name, unless that is its first character, in lower case;
    /// longer than 16 bytes it is no extension.
    static func fileExtension(of path: [UInt8]) -> [UInt8]? {
        guard let dot = path.lastIndex(of: 0x2e), 1...16 ~= path.count - 1 - dot else { return nil }
        let name = path[(dot + 1)...]
        guard dot > 0, path[dot - 1] != 0x2f, !name.contains(0x2f) else { return nil }
        return name.map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 }
    }
}

/// Bytes by the number of their type. One thread's own.
struct TypeBytes: Sendable {
    /// Bytes of one type that lie behind one another in a chunk.
    struct Run: Sendable, Equatable {
        let type: FileTypes.Index
        var tarBytes: Int
    }

    fileprivate private(set) var counts: [(tar: Int, stored: Int)] = []

    /// Counts a chunk that was stored in so many bytes: the shares of its runs add up to them.
    mutating func add(_ runs: [Run], storedBytes: Int) {
        let all = runs.reduce(0) { $0 + $1.tarBytes }
        guard all > 0 else { return }
        var before = 0
        for run in runs {
            while counts.count <= run.type { counts.append((0, 0)) }
            let end = before + run.tarBytes
            counts[run.type].tar += run.tarBytes
            counts[run.type].stored += storedBytes * end / all - storedBytes * before / all
            before = end
        }
    }
}
