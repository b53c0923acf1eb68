/// What verifying an audit trail found.
package struct AuditReport: Hashable, Sendable {
    package struct Problem: Hashable, Sendable, CustomStringConvertible {
        package enum Kind: Hashable, Sendable {
            /// Not as it was written: a byte was changed, added or taken away.
            case altered
            /// Lines before it are missing.
            case missing(from: UInt64, to: UInt64)
            /// It stands behind a line that it belongs before, or for the second time.
            case outOfOrder(sequence: UInt64)
            /// The line before it is another one than when it was written.
            case unchained(sequence: UInt64)
            /// A segment ends in the middle of a line, and another one follows.
            case cutOff
            /// There is no record, but the store remembers some.
            case gone
            /// The first record is later than the store remembers.
            case begunAnew
        }

        package let file: String
        /// Counts from 1.
        package let line: Int
        package let kind: Kind

        package var description: String {
            switch kind {
            case .altered: "\(file):\(line): the line is not as it was written"
            case .missing(let from, let to):
                from == to
                    ? "\(file):\(line): record \(from) is missing before it"
                    : "\(file):\(line): records \(from) to \(to) are missing before it"
            case .outOfOrder(let sequence):
                "\(file):\(line): record \(sequence) does not belong here"
            case .unchained(let sequence):
                "\(file):\(line): record \(sequence) does not follow from the line before it"
            case .cutOff: "\(file):\(line): the segment is cut off in the middle of a line"
            case .gone:
                "\(file): there is no record, though the store remembers that some were made"
            case .begunAnew:
                "\(file):\(line): the trail begins here, though the store remembers earlier records"
            }
        }
    }

    package static let maximumProblemCount = 100

    /// How many whole records there are, and the last of them. Whoever wants to know later that
    /// nothing was cut off the end keeps `lastSequence` and `lastHash` elsewhere.
    package internal(set) var recordCount: UInt64 = 0
    package internal(set) var segmentCount = 0
    package internal(set) var lastSequence: UInt64 = 0
    /// 64 hexadecimal digits; of an empty trail, the chain's start.
    package internal(set) var lastHash = hexadecimal(AuditLine.start)
    /// What a crash left of a line that nobody was told of; the next writer cuts it off.
    package internal(set) var tornByteCount = 0
    /// The first hundred.
    package internal(set) var problems: [Problem] = []

    package var isIntact: Bool { problems.isEmpty }
}

extension AuditTrail {
    /// Reads a store's whole trail and says whether any line of it was edited, removed or moved, or
    /// all of it is gone.
    ///
    /// Whole lines that were taken off the end are not seen, nor is a trail that was written anew
    /// from some line on; see `AuditReport.lastHash`.
    package static func verify(directory: String) throws -> AuditReport {
        let reader = try AuditReader(directory: directory)
        var report = AuditReport()
        report.segmentCount = reader.segmentCount
        var (sequence, hash): (UInt64, [UInt8]?) = (0, AuditLine.start)
        var first: (file: String, time: ArraySlice<UInt8>)?
        func add(_ kind: AuditReport.Problem.Kind, at line: AuditReader.Line) {
            guard report.problems.count < AuditReport.maximumProblemCount else { return }
            report.problems.append(
                AuditReport.Problem(file: line.file, line: line.number, kind: kind))
        }
        try reader.forEachLine { line in
            guard line.isWhole else {
                if line.isInOpenSegment {
                    report.tornByteCount += line.bytes.count
                } else {
                    add(.cutOff, at: line)
                }
                return
            }
            guard let read = AuditLine(line.bytes) else {
                add(.altered, at: line)
                // It stands for the record that should be here; what follows it cannot be chained.
                (sequence, hash) = (sequence + 1, nil)
                return
            }
            if read.sequence > sequence + 1 {
                add(.missing(from: sequence + 1, to: read.sequence - 1), at: line)
            } else if read.sequence <= sequence {
                add(.outOfOrder(sequence: read.sequence), at: line)
            } else if let hash, read.previous != hash {
                add(.unchained(sequence: read.sequence), at: line)
            }
            (sequence, hash) = (read.sequence, read.hash)
            if first == nil, let time = AuditLine.time(of: line.bytes) { first = (line.file, time) }
            report.recordCount += 1
            report.lastSequence = read.sequence
            report.lastHash = hexadecimal(read.hash)
        }
        if report.problems.isEmpty, let begun = try StoredTrail.beginning(storeIn: directory) {
            // It is noted behind the first record; clocks may be set a little in between.
            if report.recordCount == 0 {
                report.problems = [AuditReport.Problem(file: "audit.log", line: 1, kind: .gone)]
            } else if let first, AuditTime.text(begun + 60).lexicographicallyPrecedes(first.time) {
                report.problems = [
                    AuditReport.Problem(file: first.file, line: 1, kind: .begunAnew)
                ]
            }
        }
        return report
    }
}
