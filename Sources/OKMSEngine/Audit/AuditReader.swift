/// The lines of a trail as they were at one moment, segment after segment.
///
/// Files are opened together under the lock of the open one, so that none is closed in between, and
/// read up to the length they had then: whoever writes is not held up.
struct AuditReader {
    struct Line {
        /// The last part of the file's path.
        let file: String
        /// Counts from 1 in each file.
        let number: Int
        /// Without its line feed.
        let bytes: ArraySlice<UInt8>
        /// Nothing but a line feed makes a line whole.
        let isWhole: Bool
        let isInOpenSegment: Bool
    }

    private struct Segment {
        let file: AuditFile
        let name: String
        let byteCount: Int64
        let isOpen: Bool
    }

    private let segments: [Segment]
    var segmentCount: Int { segments.count }

    init(directory: String) throws(AuditError) {
        let files = AuditFiles(directory: directory)
        while true {
            let open = try AuditFile(readingIfThere: files.current)
            try open?.lock(shared: true)
            defer { open?.unlock() }
            if let open, try open.byteCountIfNamed() == nil { continue }
            var segments: [Segment] = []
            for number in try files.segmentNumbers() {
                let path = files.segment(number)
                segments.append(try Self.segment(AuditFile(reading: path), path, isOpen: false))
            }
            if let open { segments.append(try Self.segment(open, files.current, isOpen: true)) }
            self.segments = segments
            return
        }
    }

    private static func segment(
        _ file: AuditFile, _ path: String, isOpen: Bool
    ) throws(AuditError) -> Segment {
        Segment(
            file: file, name: path.split(separator: "/").last.map(String.init) ?? path,
            byteCount: try file.byteCount(), isOpen: isOpen)
    }

    /// Lends every line in order. A line longer than any that was written comes in pieces that are
    /// not whole.
    func forEachLine(_ body: (Line) throws -> Void) throws {
        for segment in segments { try forEachLine(of: segment, body) }
    }

    private func forEachLine(of segment: Segment, _ body: (Line) throws -> Void) throws {
        var offset: Int64 = 0
        var number = 1
        var pending: [UInt8] = []
        func line(_ bytes: ArraySlice<UInt8>, isWhole: Bool) -> Line {
            Line(
                file: segment.name, number: number, bytes: bytes, isWhole: isWhole,
                isInOpenSegment: segment.isOpen)
        }
        while offset < segment.byteCount {
            let piece = try segment.file.read(
                at: offset, count: Int(min(segment.byteCount - offset, 1 << 20)))
            // Shorter than it was: somebody cut it off meanwhile.
            guard !piece.isEmpty else { break }
            offset += Int64(piece.count)
            var start = piece.startIndex
            while let end = piece[start...].firstIndex(of: 0x0a) {
                if pending.isEmpty {
                    try body(line(piece[start..<end], isWhole: true))
                } else {
                    pending += piece[start..<end]
                    try body(line(pending[...], isWhole: true))
                    pending.removeAll(keepingCapacity: true)
                }
                number += 1
                start = end + 1
            }
            pending += piece[start...]
            if pending.count > AuditLine.maximumByteCount {
                try body(line(pending[...], isWhole: false))
                pending.removeAll(keepingCapacity: true)
            }
        }
        if !pending.isEmpty { try body(line(pending[...], isWhole: false)) }
    }
}

extension AuditTrail {
    /// Lends the lines of a store's trail whose time lies in a range, each a JSON object without its
    /// line feed, in order. `from` is in the range, `to` is not; both are seconds since 1970.
    ///
    /// Proves nothing: `verify` does.
    package static func read(
        directory: String, from: Double? = nil, to: Double? = nil,
        _ body: (_ line: ArraySlice<UInt8>) throws -> Void
    ) throws {
        let (first, end) = (from.map(AuditTime.text), to.map(AuditTime.text))
        try AuditReader(directory: directory).forEachLine { line in
            guard line.isWhole, let time = AuditLine.time(of: line.bytes) else { return }
            if let first, time.lexicographicallyPrecedes(first) { return }
            if let end, !time.lexicographicallyPrecedes(end) { return }
            try body(line.bytes)
        }
    }
}
