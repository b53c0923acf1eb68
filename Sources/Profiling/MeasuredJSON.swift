import Foundation

/// Something measured that is written for machines: members in JSON have `_` between words.
package protocol MeasuredJSON: Encodable {}

extension MeasuredJSON {
    /// One line, with its line feed.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try Array(encoder.encode(self)) + [0x0a]
    }
}
