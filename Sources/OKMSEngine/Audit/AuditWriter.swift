private import Glibc

/// Appends groups of lines to the audit trail. One thread at a time; other processes may append to
/// the same trail between two groups.
///
/// The lock of the open segment (flock) is held for the length of a group. A group is one write; a
/// crash in the middle leaves its first lines and perhaps a torn one, which the next writer cuts off.
struct AuditWriter: Sendable {
    private let files: AuditFiles
    private let segmentByteCount: Int

    /// The open segment, unless it has to be looked for.
    private var file: AuditFile?
    /// Nil until this writer has read the trail's last record or written one.
    private var end: AuditEnd?

    private let noteBeginning: @Sendable () throws -> Void
    private var isBeginningNoted = false

    init(
        directory: String, segmentByteCount: Int,
        noteBeginning: @escaping @Sendable () throws -> Void
    ) {
        self.noteBeginning = noteBeginning
        files = AuditFiles(directory: directory)
        self.segmentByteCount = segmentByteCount
    }

    /// Writes the lines of one group and has them on disk; all or, as far as anyone will read, none.
    mutating func append(_ bodies: [[UInt8]]) throws(AuditError) {
        let (file, count) = try lockedFile()
        defer { file.unlock() }
        let start = try catchUp(with: file, byteCount: count)
        var lines: [UInt8] = []
        lines.reserveCapacity(bodies.reduce(0) { $0 + $1.count + 256 })
        var (sequence, hash) = (end?.sequence ?? 0, end?.hash ?? AuditLine.start)
        var lastStart = 0
        for body in bodies {
            sequence += 1
            lastStart = lines.count
            hash = AuditLine.append(body, sequence: sequence, previous: hash, to: &lines)
        }
        if start > 0, start + Int64(lines.count) > Int64(segmentByteCount) {
            try closeSegment()
            // Somebody else may be the first to write to the next one: the chain is read anew.
            return try append(bodies)
        }
        try write(lines, to: file, at: start)
        end = AuditEnd(
            file: file, byteCount: start + Int64(lines.count), line: Array(lines[lastStart...]),
            sequence: sequence, hash: hash)
        // A store that is locked at the moment makes no call fail whose record is on disk.
        if !isBeginningNoted { isBeginningNoted = (try? noteBeginning()) != nil }
    }

    private func write(
        _ lines: [UInt8], to file: AuditFile, at start: Int64
    ) throws(AuditError) {
        do throws(AuditError) {
            try file.write(lines, at: start)
            try file.sync()
        } catch {
            // Nobody was told of these lines, so they must not stay.
            file.truncate(to: start)
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
                // Before another one is made: the trail must not begin anew where it was taken away.
                try checkEnd()
                file = try AuditFile(appendingTo: files.current)
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
    /// Returns where in the file the next line begins.
    private mutating func catchUp(
        with file: AuditFile, byteCount count: Int64
    ) throws(AuditError) -> Int64 {
        try checkEnd()
        if let end, end.file === file, end.byteCount == count { return count }
        let found = try file.lastLine(byteCount: count, path: files.current)
        let start = found?.byteCount ?? 0
        // What a writer that died left of a line.
        if start < count { file.truncate(to: start) }
        var now = found
        if now == nil { now = try endOfClosedSegments() }
        if let end {
            guard let now,
                (now.sequence, now.hash) == (end.sequence, end.hash)
                    || now.sequence > end.sequence
            else { throw lostRecord }
        }
        end = now
        return start
    }

    private func endOfClosedSegments() throws(AuditError) -> AuditEnd? {
        guard let last = try files.segmentNumbers().last else { return nil }
        let path = files.segment(last)
        let segment = try AuditFile(reading: path)
        let count = try segment.byteCount()
        guard let end = try segment.lastLine(byteCount: count, path: path),
            end.byteCount == count
        else { throw .damaged(path: path, reason: "a closed segment has no last line") }
        return end
    }

    /// Throws unless the last record that this writer knows stands where it did, in a file that is
    /// still part of the trail.
    private mutating func checkEnd() throws(AuditError) {
        guard var known = end else { return }
        // Without the name it is rightful only where another process has closed the segment, or where
        // somebody has put a copy in its place.
        if try known.file.byteCountIfNamed() == nil, try !files.hasClosed(known.file) {
            guard let copy = try AuditFile(readingIfThere: files.current) else { throw lostRecord }
            known = known.moved(to: copy)
        }
        guard try known.isInPlace() else { throw lostRecord }
        end = known
    }

    private var lostRecord: AuditError {
        .damaged(path: files.current, reason: "its last record is gone or was changed")
    }

    /// Gives the full segment its number. A crash before the next one is made is no harm: whoever
    /// opens it finds the end of the chain here.
    private mutating func closeSegment() throws(AuditError) {
        let number = (try files.segmentNumbers().last ?? 0) + 1
        try AuditFile.rename(files.current, to: files.segment(number), in: files.directory)
        file = nil
    }
}
