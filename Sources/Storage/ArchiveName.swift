/// The name of an archive within its set: the UTC time its run started, to the millisecond.
///
/// `20260102T030405.678Z`, so that the order of names is the order of time.
package struct ArchiveName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String

    /// `seconds` since 1970, UTC, in the years 0 … 9999, and the `milliseconds` to add.
    package init(seconds: Int, milliseconds: Int) {
        precondition(0..<1000 ~= milliseconds, "a second has a thousand milliseconds")
        precondition(-62_167_219_200..<Self.end ~= seconds, "a year has four digits")
        let day = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
        let (year, month, dayOfMonth) = Self.civilDate(daysSince1970: day)
        let rest = seconds - day * 86400
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        description =
            digits(year, 4) + digits(month, 2) + digits(dayOfMonth, 2) + "T"
            + digits(rest / 3600, 2) + digits(rest / 60 % 60, 2) + digits(rest % 60, 2) + "."
            + digits(milliseconds, 3) + "Z"
    }

    /// The name of the time a millisecond later; nil where a year would get five digits, or the
    /// digits are no time.
    package var next: ArchiveName? {
        let text = Array(description.utf8)
        func number(_ range: Range<Int>) -> Int {
            text[range].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        let days = Self.daysSince1970(number(0..<4), number(4..<6), number(6..<8))
        let milliseconds = number(16..<19) + 1
        let seconds =
            days * 86400 + number(9..<11) * 3600 + number(11..<13) * 60 + number(13..<15)
            + milliseconds / 1000
        guard 0..<Self.end ~= seconds else { return nil }
        let next = ArchiveName(seconds: seconds, milliseconds: milliseconds % 1000)
        return next > self ? next : nil
    }

    /// The first second of the year 10000.
    private static let end = 253_402_300_800

    /// Nil unless the text has the form of an archive's name.
    package init?(_ text: String) {
        let form = Array("00000000T000000.000Z".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count == form.count else { return nil }
        for (byte, place) in zip(bytes, form) {
            let fits = place == UInt8(ascii: "0") ? 0x30...0x39 ~= byte : byte == place
            guard fits else { return nil }
        }
        description = text
    }

    /// The same time in the form of ISO 8601, `2026-01-02T03:04:05.678Z`.
    package var timestamp: String {
        var text = description
        for (offset, mark) in [(4, "-"), (7, "-"), (13, ":"), (16, ":")] {
            text.insert(
                contentsOf: mark, at: text.index(text.startIndex, offsetBy: offset))
        }
        return text
    }

    package static func < (a: ArchiveName, b: ArchiveName) -> Bool {
        a.description.utf8.lexicographicallyPrecedes(b.description.utf8)
    }

    /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    /// Source: the same, civil_from_days.
    private static func civilDate(daysSince1970 days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
