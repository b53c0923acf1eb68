private import NIOConcurrencyHelpers

/// How many requests that are refused before they reach a key are recorded one by one.
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

    /// How many were only counted since this was last asked: those of the busiest origins, and, under
    /// nil, those of all others together.
    package func takeUnrecorded(busiest limit: Int = 100) -> [(origin: String?, count: Int)] {
        state.withLockedValue { state in
            let counted = state.origins.filter { $0.value.unrecorded > 0 }
                .sorted { ($0.value.unrecorded, $1.key) > ($1.value.unrecorded, $0.key) }
            for (name, _) in counted { state.origins[name]?.unrecorded = 0 }
            var counts = counted.prefix(limit).map { name, origin in
                (origin: String?.some(name), count: origin.unrecorded)
            }
            let others = counted.dropFirst(limit).reduce(state.others) { $0 + $1.value.unrecorded }
            state.others = 0
            if others > 0 { counts.append((nil, others)) }
            return counts
        }
    }

    /// Takes back what could not be recorded, to be told the next time.
    package func putBack(_ count: Int, from origin: String?) {
        state.withLockedValue { state in
            if let origin, state.origins[origin] != nil {
                state.origins[origin]?.unrecorded += count
            } else {
                state.others += count
            }
        }
    }
}
