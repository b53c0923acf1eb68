private import Glibc
private import NIOConcurrencyHelpers

/// The time as HTTP writes it, `Sun, 06 Nov 1994 08:49:37 GMT`: clients set their clocks by it.
/// Source: RFC 9110 §5.6.7.
enum HTTPDate {
    private static let latest = NIOLockedValueBox((second: -1, text: ""))

    static func now() -> String {
        let second = time(nil)
        return latest.withLockedValue { latest in
            if latest.second != second { latest = (second, text(of: second)) }
            return latest.text
        }
    }

    /// `second` counts from 1970.
    static func text(of second: Int) -> String {
        let day = second / 86400
        let (year, month, date) = calendarDate(of: day)
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let clock = [second % 86400 / 3600, second % 3600 / 60, second % 60].map(twoDigits)
        return "\(days[day % 7]), \(twoDigits(date)) \(months[month - 1]) \(year) "
            + clock.joined(separator: ":") + " GMT"
    }

    /// The Gregorian date of a day counted from 1970, in years that begin with March.
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    private static func calendarDate(of day: Int) -> (year: Int, month: Int, date: Int) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
