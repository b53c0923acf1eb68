private import NIOConcurrencyHelpers

/// How many requests that are refused before anyone is recognised are recorded one by one.
///
/// Whoever reaches the port can send them without end, and would fill the disk. So many a second of an
/// origin, and of all together, get a record of their own; the others are counted, by origin.
package final class RefusalBudget: Sendable {
    package static let perOrigin = RateLimit(perSecond: 10)
    package static let overall = RateLimit(perSecond: 100)

    private struct Origin {
        var bucket: TokenBucket
        var unrecorded = 0
    }

    private struct State {
        var overall: TokenBucket?
        var origins: [String: Origin] = [:]
        /// Of origins for which there is no room.
        var others = 0
    }

    private let state = NIOLockedValueBox(State())
    private let capacity: Int

    package init(capacity: Int = 10_000) { self.capacity = capacity }

    /// Whether one more refusal is recorded by itself; else it is counted. `now` is in seconds.
    package func allow(from source: RequestSource, at now: Double) -> Bool {
        state.withLockedValue { state in
            if state.origins[source.origin] == nil, state.origins.count >= capacity {
                state.origins = state.origins.filter {
                    $1.unrecorded > 0 || !$1.bucket.isFull(Self.perOrigin, at: now)
                }
                guard state.origins.count < capacity else {
                    state.others += 1
                    return false
                }
            }
            var origin =
                state.origins[source.origin]
                ?? Origin(bucket: TokenBucket(full: Self.perOrigin, at: now))
            var overall = state.overall ?? TokenBucket(full: Self.overall, at: now)
            let isAllowed =
                origin.bucket.take(Self.perOrigin, at: now) && overall.take(Self.overall, at: now)
            if !isAllowed { origin.unrecorded += 1 }
            state.origins[source.origin] = origin
            state.overall = overall
            return isAllowed
        }
    }

    /// How many were only counted since this was last asked, by origin; nil stands for many origins.
    package func takeUnrecorded() -> [(origin: String?, count: Int)] {
        state.withLockedValue { state in
            var counts: [(origin: String?, count: Int)] = []
            for (name, origin) in state.origins.sorted(by: { $0.key < $1.key })
            where origin.unrecorded > 0 {
                counts.append((name, origin.unrecorded))
                state.origins[name]?.unrecorded = 0
            }
            if state.others > 0 { counts.append((nil, state.others)) }
            state.others = 0
            return counts
        }
    }
}
