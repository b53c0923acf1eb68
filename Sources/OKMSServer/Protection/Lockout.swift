private import NIOConcurrencyHelpers

/// Refuses whoever failed to authenticate too often in a row: four failures lock for a minute, every
/// further four for a minute more than the last time, at most ten. A success forgets them.
///
/// Counts by access key and by the origin of requests. The addresses of loopback are not counted:
/// all programs of the machine share them, and one could lock out all others.
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
    }

    private let records = NIOLockedValueBox<[Subject: Record]>([:])
    private let capacity: Int

    /// Holds at most `capacity` offenders; the longest quiet ones are forgotten first.
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

    /// Returns whether this failure locked anyone.
    @discardableResult
    package func failed(accessKey: String, source: RequestSource, at now: Double) -> Bool {
        records.withLockedValue { records in
            if records.count >= capacity { Self.forgetSome(&records) }
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

    private func subjects(_ accessKey: String, _ source: RequestSource) -> [Subject] {
        source.isLoopback
            ? [.accessKey(accessKey)] : [.accessKey(accessKey), .origin(source.origin)]
    }

    /// Drops the half that failed longest ago.
    private static func forgetSome(_ records: inout [Subject: Record]) {
        let times = records.values.map(\.lastFailure).sorted()
        let median = times[times.count / 2]
        records = records.filter { $0.value.lastFailure > median }
    }
}
