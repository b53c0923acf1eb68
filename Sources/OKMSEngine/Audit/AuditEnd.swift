/// The end of the trail as a writer knows it: the last record, and where it stands.
struct AuditEnd: Sendable {
    /// The open segment, or one that was closed since.
    let file: AuditFile
    /// Up to where the file was written, the record included.
    let byteCount: Int64
    /// The record's bytes, with the line feed.
    let line: [UInt8]
    let sequence: UInt64
    let hash: [UInt8]

    /// The same record in a copy of the file.
    func moved(to file: AuditFile) -> AuditEnd {
        AuditEnd(file: file, byteCount: byteCount, line: line, sequence: sequence, hash: hash)
    }

    /// Whether the record still stands there, byte for byte.
    func isInPlace() throws(AuditError) -> Bool {
        try file.read(at: byteCount - Int64(line.count), count: line.count) == line
    }
}
