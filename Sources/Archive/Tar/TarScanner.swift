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
        /// The map of a sparse file, whose header has been read; what has been read of the map is in
        /// `map`.
        case sparseMap(TarHeaderBlock)
    }

    private var state = State.header
    private var collected: [UInt8] = []
    private var map = SparseMap()
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
            let progress = map.take(bytes)
            if case .incomplete = progress { return }
            state = .header
            guard case .whole(let extents) = progress else {
                return abandon(header, map.byteCount)
            }
            try finish(header, sparse: extents, mapByteCount: map.byteCount, emit)
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
            map = SparseMap()
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
}

/// The map of a sparse file, of which one block after the other comes: numbers, a line each; how many
/// extents, then offset and length of each. One thread's own.
/// Source: GNU tar manual, "PAX Format, Version 1.0".
private struct SparseMap {
    enum Progress {
        case incomplete
        case whole([Range<Int>])
        /// It is none.
        case wrong
    }

    private(set) var byteCount = 0
    private var digits: [UInt8] = []
    /// How many numbers are to come; nil before the first, which says it.
    private var numbersLeft: Int?
    private var start: Int?
    private var extents: [Range<Int>] = []

    mutating func take(_ block: [UInt8]) -> Progress {
        byteCount += block.count
        for byte in block {
            guard byte == UInt8(ascii: "\n") else {
                guard digits.count < 20 else { return .wrong }
                digits.append(byte)
                continue
            }
            guard let number = Int(String(decoding: digits, as: UTF8.self)), take(number) else {
                return .wrong
            }
            digits.removeAll(keepingCapacity: true)
            if numbersLeft == 0 { return .whole(extents) }
        }
        return .incomplete
    }

    /// Whether it is a number that can come here.
    private mutating func take(_ number: Int) -> Bool {
        guard let left = numbersLeft else {
            guard 0..<1 << 30 ~= number else { return false }
            numbersLeft = 2 * number
            return true
        }
        guard 0..<Entry.sizeLimit ~= number else { return false }
        numbersLeft = left - 1
        guard let start else {
            start = number
            return number >= extents.last?.upperBound ?? 0
        }
        // The last one of a file that ends in a hole has no bytes.
        if number > 0 { extents.append(start..<start + number) }
        self.start = nil
        return true
    }
}
