/// How often and how long a call is tried: few times, with growing random pauses, until a deadline.
///
/// The pause before the n-th repetition is half of `base` · 2ⁿ⁻¹ and a random part of the other half: long
/// enough in all for a service that is restarted. A service that asks for a longer one (`Retry-After`) gets it.
/// Source: M. Brooker, "Exponential Backoff And Jitter", equal jitter.
package struct RetryPolicy: Hashable, Sendable {
    /// Calls in all, the first included.
    package var attempts: Int
    package var base: Duration
    /// From the first call to the last answer.
    package var total: Duration
    /// For one call to get connected.
    package var connect: Duration

    package init(
        attempts: Int = 6, base: Duration = .milliseconds(250),
        total: Duration = .seconds(60), connect: Duration = .seconds(10)
    ) {
        self.attempts = attempts
        self.base = base
        self.total = total
        self.connect = connect
    }

    /// `part` is 0 … 1, `failures` at least 1.
    func pause(after failures: Int, part: Double) -> Duration {
        base * (1 << min(failures - 1, 20)) * (0.5 + 0.5 * min(max(part, 0), 1))
    }
}
