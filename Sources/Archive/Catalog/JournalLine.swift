/// A line of a run's journal: those of a catalog, and two of its own.
///
/// A journal tells what a finished part holds, so that a run that was killed can go on behind it.
/// Source: docs/formats/journal.md.
package enum JournalRecord: Sendable, Equatable {
    case catalog(CatalogRecord)
    /// Of the entries whose headers begin in the chunk before it, in their order.
    case identities([FileIdentity])
    /// The last line: the part as it is stored.
    case stored(byteCount: Int, sha256: String)
}

/// Journal records as lines of JSON.
package enum JournalLine {
    package static func append(_ record: JournalRecord, to bytes: inout [UInt8]) {
        if case .catalog(let record) = record { return CatalogLine.append(record, to: &bytes) }
        var json = JSONText(after: &bytes)
        json.object { json in
            switch record {
            case .catalog: break
            case .identities(let identities):
                json.key("identities")
                json.array { json in
                    for identity in identities {
                        json.array { json in
                            json.integer(Int(bitPattern: identity.inode))
                            json.integer(identity.changed.seconds)
                            json.integer(identity.changed.nanoseconds)
                        }
                    }
                }
            case .stored(let byteCount, let sha256):
                json.key("stored")
                json.integer(byteCount)
                json.key("sha256")
                json.string(sha256.utf8)
            }
        }
        json.newline()
        bytes = json.bytes
    }

    /// The record of one line; nil if it is none.
    package static func parse(_ bytes: [UInt8], in range: Range<Int>) -> JournalRecord? {
        if let record = CatalogLine.parse(bytes, in: range) { return .catalog(record) }
        var scanner = JSONScanner(bytes, in: range)
        var (identities, byteCount, sha256) = ([FileIdentity]?.none, Int?.none, String?.none)
        do {
            try scanner.object { (key, json) throws(JSONScanner.Malformed) in
                switch key {
                case "identities" where identities == nil: identities = try json.identities()
                case "stored" where byteCount == nil: byteCount = try json.integer()
                case "sha256" where sha256 == nil:
                    sha256 = String(decoding: try json.string(), as: UTF8.self)
                default: throw JSONScanner.Malformed()
                }
            }
            try scanner.finish()
        } catch {
            return nil
        }
        switch (identities, byteCount, sha256) {
        case (let identities?, nil, nil): return .identities(identities)
        case (nil, let byteCount?, let sha256?) where byteCount >= 0:
            return .stored(byteCount: byteCount, sha256: sha256)
        default: return nil
        }
    }
}

extension JSONScanner {
    fileprivate mutating func identities() throws(Malformed) -> [FileIdentity] {
        var identities: [FileIdentity] = []
        try array { (json) throws(Malformed) in
            var numbers: [Int] = []
            try json.array { (json) throws(Malformed) in numbers.append(try json.integer()) }
            guard numbers.count == 3 else { throw Malformed() }
            identities.append(
                FileIdentity(
                    inode: UInt(bitPattern: numbers[0]),
                    changed: Entry.Time(seconds: numbers[1], nanoseconds: numbers[2])))
        }
        return identities
    }
}
