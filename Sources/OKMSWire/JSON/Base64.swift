import LibCrypto
import OKMS

/// Base64 with padding, computed without tables, so that a secret leaves no trace in the cache.
/// Source: RFC 4648 §4.
enum Base64 {
    static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Writes the characters from a place on; there is room for them.
    static func encode(
        _ bytes: Span<UInt8>, into text: inout MutableSpan<UInt8>, at offset: Int
    ) {
        var place = offset
        var index = 0
        while index < bytes.count {
            let characters = characters(of: bytes, at: index)
            for i in characters.indices { text[place + i] = characters[i] }
            place += characters.count
            index += 3
        }
    }

    static func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let characters = characters(of: bytes, at: index)
            for i in characters.indices { text.append(characters[i]) }
            index += 3
        }
    }

    /// Four characters for up to three bytes.
    private static func characters(of bytes: Span<UInt8>, at index: Int) -> [4 of UInt8] {
        let rest = bytes.count - index
        let first = Int32(bytes[index])
        let second = rest > 1 ? Int32(bytes[index + 1]) : 0
        let third = rest > 2 ? Int32(bytes[index + 2]) : 0
        return [
            character(first >> 2),
            character((first & 3) << 4 | second >> 4),
            rest > 1 ? character((second & 15) << 2 | third >> 6) : padding,
            rest > 2 ? character(third & 63) : padding,
        ]
    }

    /// Nil unless the text is whole base64 with padding and no bit left over.
    static func decode(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard let count = decodedCount(characters.count, padding: paddingCount(characters)) else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: count)
        var decoder = Decoder()
        for character in characters.dropLast(paddingCount(characters)) {
            if let byte = decoder.take(character) { bytes[decoder.count - 1] = byte }
        }
        return decoder.isWhole ? bytes : nil
    }

    /// Decodes the contents of a JSON string straight into locked memory.
    ///
    /// Nil for an empty text. Throws `serialization` for one that is no base64.
    static func decodeSecret(
        _ bytes: Span<UInt8>, in range: Range<Int>, member: String
    ) throws(KeyServiceError) -> SecretBytes? {
        var length = 0
        var padding = 0
        try characters(bytes, range) { character in
            length += 1
            padding = character == Self.padding ? padding + 1 : 0
        }
        guard length > 0 else { return nil }
        guard let count = decodedCount(length, padding: padding), count > 0 else {
            throw invalid(member)
        }
        return try SecretBytes(count: count) { secret throws(KeyServiceError) in
            var decoder = Decoder()
            var seen = 0
            var place = 0
            var index = range.lowerBound
            while index < range.upperBound, seen < length - padding {
                var character = bytes[index]
                if character == UInt8(ascii: "\\") {
                    let (scalar, next) = try JSONEscape.read(bytes, at: index)
                    character = scalar.isASCII ? UInt8(ascii: scalar) : 0xff
                    index = next
                } else {
                    index += 1
                }
                seen += 1
                if let byte = decoder.take(character) {
                    secret[place] = byte
                    place += 1
                }
            }
            guard decoder.isWhole, place == count else { throw invalid(member) }
        }
    }

    static func invalid(_ member: String) -> KeyServiceError {
        KeyServiceError(.serialization, "Member '\(member)' is not base64 with padding.")
    }

    private static func characters(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ body: (UInt8) -> Void
    ) throws(KeyServiceError) {
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == UInt8(ascii: "\\") {
                let (scalar, next) = try JSONEscape.read(bytes, at: index)
                // What is not ASCII is no base64, whichever character it is.
                body(scalar.isASCII ? UInt8(ascii: scalar) : 0xff)
                index = next
            } else {
                body(bytes[index])
                index += 1
            }
        }
    }

    private static let padding = UInt8(ascii: "=")

    private static func paddingCount(_ characters: [UInt8]) -> Int {
        characters.reversed().prefix { $0 == padding }.count
    }

    private static func decodedCount(_ length: Int, padding: Int) -> Int? {
        guard length % 4 == 0, padding <= 2, padding < max(length, 1) else { return nil }
        return length / 4 * 3 - padding
    }

    /// -1 where a < b, else 0.
    private static func less(_ a: Int32, _ b: Int32) -> Int32 { (a - b) >> 31 }

    private static func within(_ x: Int32, _ low: Int32, _ high: Int32) -> Int32 {
        ~less(x, low) & less(x, high + 1)
    }

    private static func character(_ sextet: Int32) -> UInt8 {
        let upper = within(sextet, 0, 25) & (sextet + 65)
        let lower = within(sextet, 26, 51) & (sextet + 71)
        let digit = within(sextet, 52, 61) & (sextet - 4)
        let rest = within(sextet, 62, 62) & 43 | within(sextet, 63, 63) & 47
        return UInt8(truncatingIfNeeded: upper | lower | digit | rest)
    }

    /// -1 for what is no character of base64.
    private static func sextet(_ character: Int32) -> Int32 {
        let upper = within(character, 65, 90) & (character - 64)
        let lower = within(character, 97, 122) & (character - 70)
        let digit = within(character, 48, 57) & (character + 5)
        let rest = within(character, 43, 43) & 63 | within(character, 47, 47) & 64
        return (upper | lower | digit | rest) - 1
    }

    /// Gathers sextets into bytes.
    private struct Decoder {
        private var bits: Int32 = 0
        private var bitCount = 0
        private var bad: Int32 = 0
        private(set) var count = 0

        mutating func take(_ character: UInt8) -> UInt8? {
            let sextet = Base64.sextet(Int32(character))
            bad |= sextet >> 31
            bits = (bits << 6 | sextet & 63) & 0xffff
            bitCount += 6
            guard bitCount >= 8 else { return nil }
            bitCount -= 8
            count += 1
            return UInt8(truncatingIfNeeded: bits >> Int32(bitCount))
        }

        /// Whether all characters were of base64, and no bit of a further byte is set.
        var isWhole: Bool { bad == 0 && bits & ((1 << Int32(bitCount)) - 1) == 0 }
    }
}
