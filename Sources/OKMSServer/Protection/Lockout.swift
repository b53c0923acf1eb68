private import NIOConcurrencyHelpers

/// Refuses whoever failed to authenticate too often in a row: four failures lock for a minute, every
/// further four for a minute more than the last time, at most ten. A success forgets them.
///
/// Counts by access key and by the origin of requests: one without the other where the access key may
/// not be used or is invented, of which there is no end, and where the address is loopback's, which all programs of the
/// machine share: one could lock out all others.
/// Source: docs.outscale.com, "About Access Keys".
package final class Lockout: Sendable {
    package static let failuresToLock = 4
    static let secondsPerStep = 60.0
    static let longestStep = 10

    private enum Subject: Hashable {
        case accessKey(String)
        case origin(String)
    }

    private struct Record {
        var failures = 0
        var lockedUntil = -Double.infinity
        var lastFailure: Double

        /// Locks outlive everything else; among equals, what is over or quiet for longer goes first.
        func isMissedLess(than other: Record, at now: Double) -> Bool {
            let (ours, theirs) = (max(lockedUntil, now), max(other.lockedUntil, now))
            return ours != theirs ? ours < theirs : lastFailure < other.lastFailure
        }
    }

    private let records = NIOLockedValueBox<[Subject: Record]>([:])
    private let capacity: Int

    /// Holds at most `capacity` offenders; of those that are not locked, the longest quiet ones are
    /// forgotten first.
    package init(capacity: Int = 20_000) { self.capacity = capacity }

    /// Whether a request may not even be looked at. `now` is seconds since 1970.
    package func isLocked(accessKey: String, source: RequestSource, at now: Double) -> Bool {
        records.withLockedValue { records in
            if records.isEmpty { return false }
            return subjects(accessKey, source).contains { subject in
                records[subject].map { now < $0.lockedUntil } ?? false
            }
        }
    }

    /// `accessKey` is nil where nobody may use the one that was named. Returns whether this failure locked
    /// anyone.
    @discardableResult
    package func failed(accessKey: String?, source: RequestSource, at now: Double) -> Bool {
        records.withLockedValue { records in
            if records.count >= capacity { Self.forgetSome(&records, at: now) }
            var locks = false
            for subject in subjects(accessKey, source) {
                var record = records[subject] ?? Record(lastFailure: now)
                record.failures += 1
                record.lastFailure = now
                if record.failures % Self.failuresToLock == 0 {
                    let step = min(record.failures / Self.failuresToLock, Self.longestStep)
                    record.lockedUntil = now + Double(step) * Self.secondsPerStep
                    locks = true
                }
                records[subject] = record
            }
            return locks
        }
    }

    package func succeeded(accessKey: String, source: RequestSource) {
        records.withLockedValue { records in
            if records.isEmpty { return }
            for subject in subjects(accessKey, source) { records[subject] = nil }
        }
    }

    private func subjects(_ accessKey: String?, _ source: RequestSource) -> [Subject] {
        var subjects: [Subject] = []
        if let accessKey { subjects.append(.accessKey(accessKey)) }
        if !source.isLoopback { subjects.append(.origin(source.origin)) }
        return subjects
    }

    /// Drops half of the records: those that would be missed least.
    private static func forgetSome(_ records: inout [Subject: Record], at now: Double) {
        let ranked = records.sorted { $0.value.isMissedLess(than: $1.value, at: now) }
        for (subject, _) in ranked.prefix(ranked.count / 2 + 1) { records[subject] = nil }
    }
}
