/// Paths and queries in the one form that both ends sign.
/// Source: AWS Signature Version 4, "create a canonical request".
enum CanonicalURI {
    /// Encodes each component of the path as it stands in the request line: once more, that is.
    static func path(_ path: String, normalizing: Bool) -> [UInt8] {
        var encoded: [UInt8] = []
        for byte in normalizing ? normalized(path) : Array(path.utf8) {
            if byte == UInt8(ascii: "/") {
                encoded.append(byte)
            } else {
                append(byte, to: &encoded)
            }
        }
        return encoded.isEmpty ? [UInt8(ascii: "/")] : encoded
    }

    /// Sorts the pairs by encoded name, then value, after decoding what came encoded.
    static func query(_ query: String) -> [UInt8] {
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        for pair in Array(query.utf8).split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            pairs.append(
                (reencoded(pair[..<equals]), reencoded(pair[equals...].dropFirst())))
        }
        pairs.sort { a, b in
            a.name == b.name
                ? a.value.lexicographicallyPrecedes(b.value)
                : a.name.lexicographicallyPrecedes(b.name)
        }
        return Array(
            pairs.map { $0.name + [UInt8(ascii: "=")] + $0.value }
                .joined(separator: [UInt8(ascii: "&")]))
    }

    /// Without `.`, `..` and empty components. Source: RFC 3986 §5.2.4.
    private static func normalized(_ path: String) -> [UInt8] {
        var components: [ArraySlice<UInt8>] = []
        let bytes = Array(path.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for part in parts {
            if part.elementsEqual("..".utf8) {
                _ = components.popLast()
            } else if !part.isEmpty, !part.elementsEqual(".".utf8) {
                components.append(part)
            }
        }
        let isDirectory = parts.last.map { $0.isEmpty || $0.elementsEqual(".".utf8) } ?? true
        let slash = [UInt8(ascii: "/")]
        return slash + Array(components.joined(separator: slash))
            + (isDirectory && !components.isEmpty ? slash : [])
    }

    private static func reencoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var encoded: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.endIndex,
                let high = digit(text[index + 1]), let low = digit(text[index + 2])
            {
                append(high << 4 | low, to: &encoded)
                index += 3
            } else {
                append(text[index], to: &encoded)
                index += 1
            }
        }
        return encoded
    }

    private static func append(_ byte: UInt8, to encoded: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."), UInt8(ascii: "~"):
            encoded.append(byte)
        default:
            let digits = Array("0123456789ABCDEF".utf8)
            encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        Character(UnicodeScalar(character)).hexDigitValue.map { UInt8($0) }
    }
}
