private import Glibc

/// The two clocks a server looks at.
package struct ServerClock: Sendable {
    /// Seconds since 1970: for signatures and lockouts.
    package let now: @Sendable () -> Double
    /// Seconds since some moment, never jumping: for rates and durations.
    package let uptime: @Sendable () -> Double

    package init(
        now: @escaping @Sendable () -> Double, uptime: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.uptime = uptime
    }

    package static let system = ServerClock(
        now: { seconds(of: CLOCK_REALTIME) }, uptime: { seconds(of: CLOCK_MONOTONIC) })

    /// Source: clock_gettime(2).
    private static func seconds(of clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
