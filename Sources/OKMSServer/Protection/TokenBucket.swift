/// A rate limit: tokens flow in at a steady rate up to a burst, and each call takes one.
struct TokenBucket {
    private var tokens: Double
    private var latest: Double

    init(full rate: RateLimit, at now: Double) {
        tokens = rate.burst
        latest = now
    }

    /// Whether there was a token. `now` is in seconds and may jump back.
    mutating func take(_ rate: RateLimit, at now: Double) -> Bool {
        tokens = min(rate.burst, tokens + max(0, now - latest) * rate.perSecond)
        latest = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    func isFull(_ rate: RateLimit, at now: Double) -> Bool {
        tokens + (now - latest) * rate.perSecond >= rate.burst
    }
}

/// So many calls a second on average, so many at once.
package struct RateLimit: Hashable, Sendable {
    package let perSecond: Double
    package let burst: Double

    /// Two seconds' worth at once.
    package init(perSecond: Double) {
        precondition(perSecond > 0, "a rate limit allows something")
        self.perSecond = perSecond
        burst = max(1, perSecond * 2)
    }
}
