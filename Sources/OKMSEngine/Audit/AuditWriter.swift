private import Glibc

/// Appends groups of lines to the audit trail. One thread at a time; other processes may append to
/// the same trail between two groups.
///
/// The lock of the open segment (flock) is held for the length of a group. A group is one write; a
/// crash in the middle leaves its first lines and perhaps a torn one, which the next writer cuts off.
struct AuditWriter: Sendable {
    private let files: AuditFiles
    private let segmentByteCount: Int

    /// The open segment, and what we know of it: valid while its length is the same.
    private var file: AuditFile?
    private var byteCount: Int64 = -1
    private var sequence: UInt64 = 0
    private var hash = AuditLine.start

    init(directory: String, segmentByteCount: Int) {
        files = AuditFiles(directory: directory)
        self.segmentByteCount = segmentByteCount
    }

    /// Writes the lines of one group and has them on disk; all or, as far as anyone will read, none.
    mutating func append(_ bodies: [[UInt8]]) throws(AuditError) {
        let (file, count) = try lockedFile()
        defer { file.unlock() }
        try catchUp(with: file, byteCount: count)
        var lines: [UInt8] = []
        lines.reserveCapacity(bodies.reduce(0) { $0 + $1.count + 256 })
        var (sequence, hash) = (sequence, hash)
        for body in bodies {
            sequence += 1
            hash = AuditLine.append(body, sequence: sequence, previous: hash, to: &lines)
        }
        if byteCount > 0, byteCount + Int64(lines.count) > Int64(segmentByteCount) {
            try closeSegment()
            // Somebody else may be the first to write to the next one: the chain is read anew.
            return try append(bodies)
        }
        try write(lines, to: file)
        (self.sequence, self.hash) = (sequence, hash)
    }

    private mutating func write(_ lines: [UInt8], to file: AuditFile) throws(AuditError) {
        do throws(AuditError) {
            try file.write(lines, at: byteCount)
            try file.sync()
            byteCount += Int64(lines.count)
        } catch {
            // Nobody was told of these lines, so they must not stay.
            file.truncate(to: byteCount)
            byteCount = -1
            throw error
        }
    }

    /// The open segment, locked, and still the one that has its name; and its length.
    private mutating func lockedFile() throws(AuditError) -> (AuditFile, byteCount: Int64) {
        while true {
            let file: AuditFile
            if let open = self.file {
                file = open
            } else {
                file = try AuditFile(appendingTo: files.current)
                byteCount = -1
            }
            try file.lock()
            if let count = try file.byteCountIfNamed() {
                self.file = file
                return (file, count)
            }
            file.unlock()
            self.file = nil
        }
    }

    /// Learns the end of the chain, if somebody else wrote, or nobody of this process has yet.
    private mutating func catchUp(with file: AuditFile, byteCount count: Int64) throws(AuditError) {
        guard count != byteCount else { return }
        if let end = try file.lastLine(byteCount: count, path: files.current) {
            if end.wholeByteCount < count { file.truncate(to: end.wholeByteCount) }
            (sequence, hash) = (end.line.sequence, end.line.hash)
            byteCount = end.wholeByteCount
            return
        }
        if count > 0 { file.truncate(to: 0) }
        (sequence, hash, byteCount) = (0, AuditLine.start, 0)
        if let last = try files.segmentNumbers().last {
            let path = files.segment(last)
            let segment = try AuditFile(reading: path)
            let segmentCount = try segment.byteCount()
            guard let end = try segment.lastLine(byteCount: segmentCount, path: path),
                end.wholeByteCount == segmentCount
            else { throw .damaged(path: path, reason: "a closed segment has no last line") }
            (sequence, hash) = (end.line.sequence, end.line.hash)
        }
    }

    /// Gives the full segment its number. A crash before the next one is made is no harm: whoever
    /// opens it finds the end of the chain here.
    private mutating func closeSegment() throws(AuditError) {
        let number = (try files.segmentNumbers().last ?? 0) + 1
        try AuditFile.rename(files.current, to: files.segment(number), in: files.directory)
        file = nil
        byteCount = -1
    }
}
