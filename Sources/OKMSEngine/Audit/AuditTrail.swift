import Locking

/// The audit trail of a store: one line a call, each chained to the one before by its hash.
///
/// Records are written in groups: whoever comes while a group is being written waits and is part of
/// the next one, so that many callers share one `fdatasync`. Several engines and processes may
/// append to one trail.
package final class AuditTrail: Sendable {
    /// A segment is closed before it grows beyond this.
    package static let segmentByteCount = 256 << 20

    /// Records that are written together. Each caller waits for his own group alone: the end of one
    /// wakes nobody in vain.
    private final class Group: Sendable {
        enum State: Sendable {
            case gathering
            /// The group before it is done: the first to see this writes.
            case due
            case beingWritten
            case settled(AuditError?)
        }

        let state = Monitor(State.gathering)
    }

    private struct Queue: Sendable {
        /// The group that gathers, and its records.
        var group = Group()
        var bodies: [[UInt8]] = []
        var isBeingWritten = false
        var recordCount: UInt64 = 0
        var groupCount: UInt64 = 0
        /// Whether the last group did not get on disk.
        var isFailing = false
    }

    private enum Turn {
        case write
        case settled(AuditError?)
    }

    private let queue = Monitor(Queue())
    private let writer: Monitor<AuditWriter>
    private let now: @Sendable () -> Double

    /// `noteBeginning` is called when the first record is on disk, for somebody to remember that there
    /// is a trail; where it fails, with the next one again. It must not wait for a record.
    init(
        directory: String, segmentByteCount: Int, now: @escaping @Sendable () -> Double,
        noteBeginning: @escaping @Sendable () throws -> Void = {}
    ) {
        writer = Monitor(
            AuditWriter(
                directory: directory, segmentByteCount: segmentByteCount,
                noteBeginning: noteBeginning))
        self.now = now
    }

    /// Writes a record, and returns when it is on disk.
    package func record(_ record: AuditRecord) throws(AuditError) {
        let body = record.lineBody(at: now())
        let (group, isFirst) = queue.update { queue in
            defer { queue.isBeingWritten = true }
            queue.bodies.append(body)
            return (queue.group, !queue.isBeingWritten)
        }
        if isFirst { write(group) }
        while true {
            switch group.state.wait(until: Self.turn) {
            case .write: write(group)
            case .settled(nil): return
            case .settled(let failure?): throw failure
            }
        }
    }

    /// How many records were written, or failed to be, since this was opened, and in how many groups.
    package var counts: (records: UInt64, groups: UInt64) {
        queue.update { ($0.recordCount, $0.groupCount) }
    }

    /// Whether the last records could not be written: nobody can be served until others can.
    package var isFailing: Bool { queue.read { $0.isFailing } }

    private static func turn(
        _ state: inout Group.State, _ waking: inout Monitor<Group.State>.Waking
    ) -> Turn? {
        waking = .none

        switch state {
        case .gathering, .beingWritten: return nil
        case .settled(let failure): return .settled(failure)
        case .due:
            state = .beingWritten
            return .write
        }
    }

    /// Writes all that a group has gathered, and lets the next one begin.
    private func write(_ group: Group) {
        let bodies = queue.update { queue in
            defer { queue.bodies = [] }
            queue.group = Group()
            return queue.bodies
        }
        let failure: AuditError? = writer.update { writer in
            do throws(AuditError) {
                try writer.append(bodies)
                return nil
            } catch {
                return error
            }
        }
        let next: Group? = queue.update { queue in
            queue.recordCount += UInt64(bodies.count)
            queue.groupCount += 1
            queue.isFailing = failure != nil
            queue.isBeingWritten = !queue.bodies.isEmpty
            return queue.isBeingWritten ? queue.group : nil
        }
        next?.state.update { state, waking in
            waking = .one
            state = .due
        }
        group.state.update { $0 = .settled(failure) }
    }
}
