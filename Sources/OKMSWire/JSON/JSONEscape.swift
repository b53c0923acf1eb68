import OKMS

/// Escapes of JSON strings, both ways. Source: RFC 8259 §7.
enum JSONEscape {
    /// The character behind the backslash at `index`, and where the text goes on.
    static func read(
        _ bytes: Span<UInt8>, at index: Int
    ) throws(KeyServiceError) -> (Unicode.Scalar, next: Int) {
        guard index + 1 < bytes.count else { throw invalid(index) }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""): return ("\"", index + 2)
        case UInt8(ascii: "\\"): return ("\\", index + 2)
        case UInt8(ascii: "/"): return ("/", index + 2)
        case UInt8(ascii: "b"): return ("\u{8}", index + 2)
        case UInt8(ascii: "f"): return ("\u{c}", index + 2)
        case UInt8(ascii: "n"): return ("\n", index + 2)
        case UInt8(ascii: "r"): return ("\r", index + 2)
        case UInt8(ascii: "t"): return ("\t", index + 2)
        case UInt8(ascii: "u"): break
        default: throw invalid(index)
        }
        guard let unit = unit(bytes, at: index) else { throw invalid(index) }
        if let scalar = Unicode.Scalar(unit) { return (scalar, index + 6) }
        guard 0xd800...0xdbff ~= unit, let low = self.unit(bytes, at: index + 6),
            0xdc00...0xdfff ~= low,
            let scalar = Unicode.Scalar(
                0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(low) - 0xdc00))
        else { throw invalid(index) }
        return (scalar, index + 12)
    }

    /// The unit of `\uXXXX` at `index`.
    private static func unit(_ bytes: Span<UInt8>, at index: Int) -> UInt16? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for i in (index + 2)..<(index + 6) {
            guard let digit = Character(UnicodeScalar(bytes[i])).hexDigitValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// In quotes. What is not ASCII stays as it is.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20, 0x7f:
                bytes += "\\u00".utf8
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func invalid(_ index: Int) -> KeyServiceError {
        KeyServiceError(
            .serialization, "The body is no JSON: an escape that is none at byte \(index).")
    }
}
