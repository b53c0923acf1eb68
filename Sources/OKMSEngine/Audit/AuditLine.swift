import LibCrypto

/// One line of the audit trail: its place in the chain, what happened, and its own hash.
///
/// | member | content |
/// |---|---|
/// | `sequence` | counts from 1, never repeats, across all segments |
/// | `previous` | the hash of the line before; of the first line, the chain's start |
/// | `time` … `source` | the record |
/// | `hash` | SHA-256 over the line from its first byte up to the comma before this member |
///
/// Source: docs/formats/audit.md.
struct AuditLine {
    /// Where every chain begins: SHA-256 of `okms audit trail v1`.
    static let start = SHA256.digest(Array("okms audit trail v1".utf8).span)
    /// No line is longer, so a tail of that length holds a whole one.
    static let maximumByteCount = 1 << 18

    private static let hashMember = Array(#","hash":""#.utf8)
    private static let end = Array("\"}".utf8)
    static let timeMember = Array(#"","time":""#.utf8)

    let sequence: UInt64
    let previous: [UInt8]
    let hash: [UInt8]

    /// Appends the line and its line feed; gives its hash.
    static func append(
        _ body: [UInt8], sequence: UInt64, previous: [UInt8], to output: inout [UInt8]
    ) -> [UInt8] {
        let start = output.count
        output += Array(#"{"sequence":"#.utf8)
        output += Array("\(sequence)".utf8)
        output += Array(#","previous":""#.utf8)
        output += hexadecimalDigits(previous)
        output += body
        let hash = SHA256.digest(output.span.extracting(start..<output.count))
        output += hashMember
        output += hexadecimalDigits(hash)
        output += end
        output.append(0x0a)
        return hash
    }

    /// Reads the chain's part of a line, given without its line feed. Nil unless it is one, and its
    /// hash is right.
    init?(_ line: ArraySlice<UInt8>) {
        let tailCount = Self.hashMember.count + 64 + Self.end.count
        guard line.count > tailCount, line.suffix(Self.end.count) == Self.end[...] else {
            return nil
        }
        let body = line.dropLast(tailCount)
        let tail = line.suffix(tailCount)
        guard tail.starts(with: Self.hashMember),
            let hash = Self.bytes(
                ofDigits: tail.dropFirst(Self.hashMember.count).dropLast(Self.end.count))
        else { return nil }
        let whole = Array(body)
        guard SHA256.digest(whole.span) == hash else { return nil }
        var rest = whole[...]
        guard Self.drop(Array(#"{"sequence":"#.utf8), from: &rest) else { return nil }
        let digits = rest.prefix { 0x30...0x39 ~= $0 }
        guard let sequence = UInt64(String(decoding: digits, as: UTF8.self)),
            "\(sequence)".utf8.count == digits.count
        else { return nil }
        rest = rest.dropFirst(digits.count)
        guard Self.drop(Array(#","previous":""#.utf8), from: &rest),
            let previous = Self.bytes(ofDigits: rest.prefix(64)),
            rest.dropFirst(64).starts(with: Self.timeMember)
        else { return nil }
        self.sequence = sequence
        self.previous = previous
        self.hash = hash
    }

    /// The time of a line as it stands there, whether or not the line is whole.
    static func time(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let comma = line.firstIndex(of: 0x2c) else { return nil }
        let time = line[comma...].dropFirst(#","previous":""#.utf8.count + 64 + timeMember.count)
        return time.count >= AuditTime.byteCount ? time.prefix(AuditTime.byteCount) : nil
    }

    private static func drop(_ prefix: [UInt8], from rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.starts(with: prefix) else { return false }
        rest = rest.dropFirst(prefix.count)
        return true
    }

    /// Nil unless there are 64 lower-case hexadecimal digits.
    private static func bytes(ofDigits digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case 0x30...0x39: value = digit - 0x30
            case 0x61...0x66: value = digit - 0x57
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}
