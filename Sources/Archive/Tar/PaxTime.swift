/// A time as pax writes it, as a decimal number: before 1970 the fraction counts backwards, so that 1.25 s
/// before 1970 is `-1.25`, while `Entry.Time` takes 2 s off and adds 0.75 s.
///
/// libarchive writes and reads the two numbers as they are, with a dot between them, and has no minus for a
/// zero: of times less than a second before 1970 a tar holds the whole second.
/// Source: POSIX.1-2017 pax, "pax Extended Header File Times".
struct PaxTime {
    let seconds: Int
    let nanoseconds: Int

    init(seconds: Int, nanoseconds: Int) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    init(_ time: Entry.Time) {
        if time.seconds >= 0 || time.nanoseconds == 0 {
            self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
        } else if time.seconds == -1 {
            self.init(seconds: -1, nanoseconds: 0)
        } else {
            self.init(
                seconds: time.seconds + 1, nanoseconds: Self.second - time.nanoseconds)
        }
    }

    /// Nil for text that is no time: digits, perhaps behind a minus, perhaps with a dot and digits.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let seconds = Int(parts[0]) else { return nil }
        var nanoseconds = 0
        if parts.count == 2 {
            let digits = String(parts[1].prefix(9))
            guard let fraction = Int(digits), fraction >= 0 else { return nil }
            nanoseconds = (digits.count..<9).reduce(fraction) { number, _ in number * 10 }
        }
        self.init(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// What the number says.
    var time: Entry.Time {
        if seconds >= 0 || nanoseconds == 0 {
            return Entry.Time(seconds: seconds, nanoseconds: nanoseconds)
        }
        // The least number there is has no other before it.
        guard seconds > .min else { return Entry.Time(seconds: seconds, nanoseconds: 0) }
        return Entry.Time(seconds: seconds - 1, nanoseconds: Self.second - nanoseconds)
    }

    private static let second = 1_000_000_000
}
