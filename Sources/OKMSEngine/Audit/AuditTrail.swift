/// The audit trail of a store: one line a call, each chained to the one before by its hash.
///
/// Records are written in groups: whoever comes while a group is being written waits and is part of
/// the next one, so that many callers share one `fdatasync`. Several engines and processes may
/// append to one trail.
package final class AuditTrail: Sendable {
    /// A segment is closed before it grows beyond this.
    package static let segmentByteCount = 256 << 20

    private struct Queue {
        /// What the next group will write.
        var bodies: [[UInt8]] = []
        var nextTicket: UInt64 = 0
        /// Every ticket below is settled: written, or failed.
        var settled: UInt64 = 0
        var failures: [UInt64: AuditError] = [:]
        var isBeingWritten = false
        var groupCount: UInt64 = 0
    }

    private enum Turn {
        case settled(AuditError?)
        case write([[UInt8]])
    }

    private let queue = Locked(Queue())
    private let writer: Locked<AuditWriter>
    private let now: @Sendable () -> Double

    init(directory: String, segmentByteCount: Int, now: @escaping @Sendable () -> Double) {
        writer = Locked(AuditWriter(directory: directory, segmentByteCount: segmentByteCount))
        self.now = now
    }

    /// Writes a record, and returns when it is on disk.
    package func record(_ record: AuditRecord) throws(AuditError) {
        let body = record.lineBody(at: now())
        let ticket = queue.withValue { queue in
            queue.bodies.append(body)
            queue.nextTicket += 1
            return queue.nextTicket - 1
        }
        var failure: AuditError?
        repeat {
            switch queue.wait(until: { Self.turn(of: ticket, in: &$0) }) {
            case .settled(let outcome): failure = outcome
            case .write(let bodies):
                write(bodies)
                continue
            }
            break
        } while true
        if let failure { throw failure }
    }

    /// How many records were written, or failed to be, since this was opened, and in how many groups.
    package var counts: (records: UInt64, groups: UInt64) {
        queue.withValue { ($0.settled, $0.groupCount) }
    }

    private static func turn(of ticket: UInt64, in queue: inout Queue) -> Turn? {
        if ticket < queue.settled {
            return .settled(queue.failures.removeValue(forKey: ticket))
        }
        guard !queue.isBeingWritten else { return nil }
        queue.isBeingWritten = true
        defer { queue.bodies = [] }
        return .write(queue.bodies)
    }

    private func write(_ bodies: [[UInt8]]) {
        let failure: AuditError? = writer.withValue { writer in
            do throws(AuditError) {
                try writer.append(bodies)
                return nil
            } catch {
                return error
            }
        }
        queue.withValue { queue in
            for ticket in queue.settled..<queue.settled + UInt64(bodies.count) {
                queue.failures[ticket] = failure
            }
            queue.settled += UInt64(bodies.count)
            queue.groupCount += 1
            queue.isBeingWritten = false
        }
        queue.wakeAll()
    }
}
