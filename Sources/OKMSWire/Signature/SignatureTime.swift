/// The moment a request was signed, to the second, UTC.
/// Source: ISO 8601 basic format; H. Hinnant, "chrono-compatible low-level date algorithms".
package struct SignatureTime: Hashable, Sendable, CustomStringConvertible {
    /// Seconds since 1970.
    package let seconds: Int
    /// `YYYYMMDDThhmmssZ`.
    package let description: String

    /// Times before 1970 and after 9999 read as these limits.
    package init(seconds: Int) {
        let seconds = min(max(seconds, 0), 253_402_300_799)
        let days = seconds / 86400
        let (year, month, day) = Self.date(ofDay: days)
        let second = seconds % 86400
        self.seconds = seconds
        description =
            "\(Self.padded(year, 4))\(Self.padded(month, 2))\(Self.padded(day, 2))T"
            + "\(Self.padded(second / 3600, 2))\(Self.padded(second / 60 % 60, 2))"
            + "\(Self.padded(second % 60, 2))Z"
    }

    /// Nil unless the text is `YYYYMMDDThhmmssZ` and such a moment exists.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z")
        else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var number = 0
            for byte in bytes[range] {
                guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
                number = number * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return number
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
            let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15)
        else { return nil }
        self.init(year, month, day, hour, minute, second)
    }

    /// Nil unless the text is a date of HTTP, `Fri, 02 Jan 2026 03:04:05 GMT`. Source: RFC 9110 §5.6.7.
    init?(httpDate text: String) {
        let fields = text.split(separator: " ", omittingEmptySubsequences: false)
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        guard fields.count == 6, fields[0].utf8.count == 4, fields[5] == "GMT",
            fields[1].utf8.count == 2, let day = Int(fields[1]),
            let month = months.firstIndex(of: String(fields[2])),
            fields[3].utf8.count == 4, let year = Int(fields[3])
        else { return nil }
        let clock = fields[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, clock.allSatisfy({ $0.utf8.count == 2 }),
            let hour = Int(clock[0]), let minute = Int(clock[1]), let second = Int(clock[2])
        else { return nil }
        self.init(year, month + 1, day, hour, minute, second)
    }

    private init?(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int)
    {
        guard year >= 1970, 1...12 ~= month, 1...31 ~= day, 0...23 ~= hour, 0...59 ~= minute,
            0...59 ~= second
        else { return nil }
        let days = Self.day(ofYear: year, month, day)
        guard Self.date(ofDay: days) == (year, month, day) else { return nil }
        self.init(seconds: days * 86400 + hour * 3600 + minute * 60 + second)
    }

    /// The first part of the credential scope.
    package var day: String { String(description.prefix(8)) }

    private static func day(ofYear year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719468
    }

    private static func date(ofDay day: Int) -> (Int, Int, Int) {
        let shifted = day + 719468
        let era = shifted / 146097
        let dayOfEra = shifted - era * 146097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: width - digits.count) + digits
    }
}
