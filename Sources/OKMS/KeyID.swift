/// The id of a customer master key: a UUID, compared as such and written in lower case.
/// Source: RFC 9562 §4.
package struct KeyID: Hashable, Sendable, CustomStringConvertible {
    package static let byteCount = 16

    /// The 16 bytes of the UUID, as a ciphertext blob stores them.
    package let bytes: [UInt8]

    /// Nil unless there are exactly 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Nil unless the text is a UUID in its canonical 8-4-4-4-12 form, in either case.
    package init?(_ text: String) {
        let characters = Array(text.utf8)
        guard characters.count == 36 else { return nil }
        var digits: [UInt8] = []
        for (index, character) in characters.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard character == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = Character(UnicodeScalar(character)).hexDigitValue else {
                    return nil
                }
                digits.append(UInt8(digit))
            }
        }
        bytes = stride(from: 0, to: 32, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    package var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            for half in [byte >> 4, byte & 15] {
                text.append(half < 10 ? half + UInt8(ascii: "0") : half - 10 + UInt8(ascii: "a"))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
