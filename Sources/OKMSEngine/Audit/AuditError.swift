/// Why the audit trail cannot be written or read.
package enum AuditError: Error, Equatable, Sendable {
    case cannotOpen(path: String, reason: String)
    case cannotWrite(path: String, reason: String)
    case cannotRead(path: String, reason: String)
    /// What is there is not a trail that a record could follow.
    case damaged(path: String, reason: String)
}

extension AuditError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "cannot open the audit trail at \(path): \(reason); check the path and its permissions"
        case .cannotWrite(let path, let reason):
            "cannot write the audit trail at \(path): \(reason); nothing is served without it"
        case .cannotRead(let path, let reason):
            "cannot read the audit trail at \(path): \(reason)"
        case .damaged(let path, let reason):
            "the audit trail at \(path) is damaged (\(reason)); put it back as it was, or move its "
                + "files away, keep them, and restart to begin a new one"
        }
    }
}
