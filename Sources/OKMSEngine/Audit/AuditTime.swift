/// Times as the audit trail writes them, `2026-01-02T03:04:05.000006Z`: their order is that of their
/// bytes.
/// Source: RFC 3339 §5.6.
package enum AuditTime {
    package static let byteCount = 27

    /// Years 1 … 9999, in UTC.
    package static func text(_ seconds: Double) -> [UInt8] {
        let microseconds = Int64((seconds * 1e6).rounded(.down))
        let (second, fraction) = floorDivide(microseconds, 1_000_000)
        let (day, inDay) = floorDivide(second, 86_400)
        let (year, month, dayOfMonth) = date(day)
        var text: [UInt8] = []
        text.reserveCapacity(byteCount)
        append(year, digits: 4, "-", to: &text)
        append(month, digits: 2, "-", to: &text)
        append(dayOfMonth, digits: 2, "T", to: &text)
        append(inDay / 3600, digits: 2, ":", to: &text)
        append(inDay / 60 % 60, digits: 2, ":", to: &text)
        append(inDay % 60, digits: 2, ".", to: &text)
        append(fraction, digits: 6, "Z", to: &text)
        return text
    }

    private static func append(
        _ number: Int64, digits: Int, _ separator: Unicode.Scalar, to text: inout [UInt8]
    ) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            text.append(0x30 + UInt8(number / divisor % 10))
            divisor /= 10
        }
        text.append(UInt8(ascii: separator))
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> (Int64, Int64) {
        let remainder = (a % b + b) % b
        return ((a - remainder) / b, remainder)
    }

    /// The proleptic Gregorian date of a day counted from 1 January 1970.
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    private static func date(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(day + 719_468, 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (
            era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * shifted + 2) / 5 + 1
        )
    }
}
