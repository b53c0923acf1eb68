/// Which bytes of a file are lost: ranges of its content as its readers see it.
package struct FileHoles: Sendable, Equatable {
    /// How many ranges are remembered; the bytes of all are counted.
    package static let limit = 1000

    private var ranges: [Range<Int>] = []
    package private(set) var byteCount = 0
    /// Whether there were more ranges than are remembered.
    package private(set) var isIncomplete = false

    package init() {}

    package var isEmpty: Bool { byteCount == 0 }

    /// Adds a range of the stored data of an entry, counted from its first stored byte.
    package mutating func add(_ stored: Range<Int>, of entry: Entry) {
        add(stored, of: entry, bytesBefore: entry.storedBytesBeforeExtents)
    }

    mutating func add(_ stored: Range<Int>, of entry: Entry, bytesBefore: [Int]) {
        entry.forEachExtent(stored, bytesBefore: bytesBefore) { range, position in
            byteCount += range.count
            let range = position..<position + range.count
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else if ranges.count < Self.limit {
                ranges.append(range)
            } else {
                isIncomplete = true
            }
        }
    }

    /// The ranges in ascending order, joined where they touch.
    package var sorted: [Range<Int>] {
        ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { joined, range in
            if let last = joined.last, last.upperBound == range.lowerBound {
                joined[joined.count - 1] = last.lowerBound..<range.upperBound
            } else {
                joined.append(range)
            }
        }
    }
}

extension Entry {
    /// How many stored bytes lie before each extent.
    var storedBytesBeforeExtents: [Int] {
        var total = 0
        return storedExtents.map { extent in
            defer { total += extent.count }
            return total
        }
    }

    /// Splits a range of stored bytes by the extents it falls into: where in the piece, where in the
    /// file.
    func forEachExtent<E: Error>(
        _ stored: Range<Int>, bytesBefore: [Int], _ body: (Range<Int>, Int) throws(E) -> Void
    ) throws(E) {
        let extents = storedExtents
        var index = Self.extentIndex(of: stored.lowerBound, bytesBefore)
        while index < extents.count, bytesBefore[index] < stored.upperBound {
            let before = bytesBefore[index]
            let part = stored.clamped(to: before..<before + extents[index].count)
            if !part.isEmpty {
                let start = part.lowerBound - stored.lowerBound
                try body(
                    start..<start + part.count, extents[index].lowerBound + part.lowerBound - before
                )
            }
            index += 1
        }
    }

    /// The extent that holds a stored byte. A file may have as many extents as it has blocks.
    private static func extentIndex(of storedOffset: Int, _ bytesBefore: [Int]) -> Int {
        var (low, high) = (0, bytesBefore.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if bytesBefore[middle] <= storedOffset { low = middle } else { high = middle }
        }
        return low
    }
}
