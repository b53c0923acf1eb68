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
        while true {
            switch queue.wait(until: { Self.turn(of: ticket, in: &$0) }) {
            case .write(let bodies): write(bodies)
            case .settled(nil): return
            case .settled(let failure?): throw failure
            }
        }
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
            queue.isBeingWritten = false
        }
        queue.wakeAll()
    }
}
