/// Finds the entries of a tar that was written by `TarHeaderWriter`, also where pieces of it are lost:
/// behind such a piece it looks for the next header, block by block. One thread's own.
///
/// It takes what a catalog lost: paths byte for byte, attributes, lists and extents. Bytes between two
/// entries of which nothing is known count to the header of the next one, so that the entries lie one
/// behind the other as a catalog has them.
/// Source: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "PAX Format, Version 1.0".
package struct TarScanner {
    private enum State {
        /// A header, or anything else, comes next.
        case header
        /// The records of an extended header; so many bytes with their filling.
        case records(byteCount: Int)
        /// The map of a sparse file, whose header has been read.
        case sparseMap(TarHeaderBlock)
    }

    private var state = State.header
    private var collected: [UInt8] = []
    private var records: PaxRecords?
    private var block: [UInt8] = []
    /// Bytes of an entry's data that are not looked at.
    private var skipped = 0
    /// Whether the next header may have lost the records before it.
    private var mayLackRecords = false
    private var offset = 0
    /// Where the next entry will be said to begin: at the end of the one before it.
    package private(set) var nextStart = 0
    private let limit: Int

    /// `limit`: how many entries there are at most. Behind a lost header the content of a file that is a
    /// tar itself could be taken for entries.
    package init(limit: Int = .max) { self.limit = limit }

    private var found = 0

    /// Bytes of the last entry's data that have not come yet, filling included.
    package var missing: Int { skipped }

    /// Takes the next bytes of the tar; `emit` gets each entry and where it begins.
    package mutating func take(
        _ bytes: Span<UInt8>, _ emit: (CatalogEntry, _ start: Int) throws -> Void
    ) throws {
        var place = 0
        while place < bytes.count {
            if skipped > 0 {
                let count = min(skipped, bytes.count - place)
                advance(count)
                skipped -= count
                place += count
                continue
            }
            let wanted = TarHeaderWriter.blockByteCount - block.count
            let end = min(place + wanted, bytes.count)
            for index in place..<end { block.append(bytes[index]) }
            advance(end - place)
            place = end
            if block.count == TarHeaderWriter.blockByteCount {
                let whole = block
                block.removeAll(keepingCapacity: true)
                try take(block: whole, emit)
            }
        }
    }

    /// A piece of the tar is lost: of a known length, or of an unknown one; then what is left of the
    /// current entry counts as lost. Returns the length that it has from now on.
    package mutating func lose(_ count: Int?) -> Int {
        let length = count ?? skipped
        let kept = min(skipped, length)
        skipped -= kept
        if kept < length || count == nil {
            // Whatever was being read is gone; blocks lie where they lay.
            (state, records, collected, mayLackRecords) = (.header, nil, [], true)
            block.removeAll()
            let rest = (offset + length) % TarHeaderWriter.blockByteCount
            if count != nil, rest > 0 { skipped = TarHeaderWriter.blockByteCount - rest }
        }
        advance(length)
        return length
    }

    private mutating func advance(_ count: Int) { offset += count }

    private mutating func take(
        block bytes: [UInt8], _ emit: (CatalogEntry, Int) throws -> Void
    ) throws {
        switch state {
        case .header:
            guard let header = TarHeaderBlock(bytes) else {
                records = nil
                return
            }
            if header.type == UInt8(ascii: "x") {
                guard header.size > 0, header.size <= 64 << 20 else { return }
                state = .records(byteCount: header.size)
                collected = []
            } else {
                try take(header, emit)
            }
        case .records(let byteCount):
            collected += bytes
            guard collected.count >= byteCount else { return }
            records = PaxRecords(parsing: collected[..<byteCount])
            state = .header
        case .sparseMap(let header):
            collected += bytes
            guard let extents = Self.extents(of: collected) else { return }
            let map = collected.count
            state = .header
            collected = []
            guard let extents = extents.value else { return abandon(header, map) }
            try finish(header, sparse: extents, mapByteCount: map, emit)
        }
    }

    private mutating func take(
        _ header: TarHeaderBlock, _ emit: (CatalogEntry, Int) throws -> Void
    ) throws {
        guard records != nil || !mayLackRecords else {
            mayLackRecords = false
            return abandon(header, 0)
        }
        if records?.isSparse == true {
            state = .sparseMap(header)
            collected = []
        } else {
            try finish(header, sparse: nil, mapByteCount: 0, emit)
        }
    }

    /// Leaves an entry out whose header cannot be believed; its data is passed over.
    private mutating func abandon(_ header: TarHeaderBlock, _ mapByteCount: Int) {
        let size = (records?.size ?? header.size) - mapByteCount
        records = nil
        skipped = Self.filled(max(0, min(size, Entry.sizeLimit)))
    }

    private mutating func finish(
        _ header: TarHeaderBlock, sparse: [Range<Int>]?, mapByteCount: Int,
        _ emit: (CatalogEntry, Int) throws -> Void
    ) throws {
        guard found < limit, let entry = header.entry(with: records, extents: sparse),
            (records?.size ?? header.size) == entry.storedByteCount + mapByteCount
                || entry.kind != .file
        else { return abandon(header, mapByteCount) }
        records = nil
        mayLackRecords = false
        found += 1
        let start = nextStart
        skipped = Self.filled(entry.storedByteCount)
        nextStart = offset + skipped
        try emit(CatalogEntry(entry: entry, headerByteCount: offset - start), start)
    }

    private static func filled(_ count: Int) -> Int {
        let block = TarHeaderWriter.blockByteCount
        return (count + block - 1) / block * block
    }

    /// The numbers of a map, a line each: how many extents, then offset and length of each. Nil while
    /// lines are missing; without a value where it is none.
    private static func extents(of map: [UInt8]) -> (value: [Range<Int>]?, Void)? {
        let lines = map.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropLast()
        guard let first = lines.first else { return map.count > 512 ? (nil, ()) : nil }
        guard let count = number(first), 0..<1 << 30 ~= count else { return (nil, ()) }
        guard lines.count > 2 * count else { return nil }
        var extents: [Range<Int>] = []
        for index in 0..<count {
            let place = lines.startIndex + 1 + 2 * index
            guard let start = number(lines[place]), let length = number(lines[place + 1]),
                0..<Entry.sizeLimit ~= start, 0..<Entry.sizeLimit ~= length,
                start >= extents.last?.upperBound ?? 0
            else { return (nil, ()) }
            // The last one of a file that ends in a hole has no bytes.
            if length > 0 { extents.append(start..<start + length) }
        }
        return (extents, ())
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        Int(String(decoding: digits, as: UTF8.self))
    }
}
