/// One component of a `Glob`: literal characters, `*`, `?` and `[…]`, but no slash.
struct GlobComponent: Sendable, Hashable {
    private enum Token: Sendable, Hashable {
        case byte(UInt8)
        case anyCharacter
        case set(ranges: [ClosedRange<UInt32>], isNegated: Bool)
        case star
    }

    private let tokens: [Token]

    init(_ pattern: [UInt8]) throws(Glob.Invalid) {
        guard ![[], [UInt8(ascii: ".")], [UInt8(ascii: "."), UInt8(ascii: ".")]].contains(pattern)
        else { throw .badComponent }
        var tokens: [Token] = []
        var index = 0
        while index < pattern.count {
            switch pattern[index] {
            case UInt8(ascii: "*"):
                if tokens.last != .star { tokens.append(.star) }
            case UInt8(ascii: "?"):
                tokens.append(.anyCharacter)
            case UInt8(ascii: "["):
                tokens.append(try Self.set(pattern, &index))
                continue
            case UInt8(ascii: "\\"):
                index += 1
                guard index < pattern.count else { throw .danglingBackslash }
                tokens.append(.byte(pattern[index]))
            case let byte:
                tokens.append(.byte(byte))
            }
            index += 1
        }
        self.tokens = tokens
    }

    /// Reads `[…]` from its bracket on; a `]` right after the opening stands for itself.
    private static func set(_ pattern: [UInt8], _ index: inout Int) throws(Glob.Invalid) -> Token {
        let bytes = pattern.span
        var at = index + 1
        let isNegated =
            at < bytes.count && (bytes[at] == UInt8(ascii: "!") || bytes[at] == UInt8(ascii: "^"))
        if isNegated { at += 1 }
        func character() throws(Glob.Invalid) -> UInt32 {
            if at < bytes.count, bytes[at] == UInt8(ascii: "\\") { at += 1 }
            guard at < bytes.count else { throw .badSet }
            let (value, length) = Self.character(bytes, at: at, end: bytes.count)
            at += length
            return value
        }
        var ranges: [ClosedRange<UInt32>] = []
        while ranges.isEmpty || at >= bytes.count || bytes[at] != UInt8(ascii: "]") {
            let low = try character()
            var high = low
            if at + 1 < bytes.count, bytes[at] == UInt8(ascii: "-"),
                bytes[at + 1] != UInt8(ascii: "]")
            {
                at += 1
                high = try character()
            }
            guard low <= high else { throw .badSet }
            ranges.append(low...high)
        }
        index = at + 1
        return .set(ranges: ranges, isNegated: isNegated)
    }

    /// Whether `name[start..<end]` is matched as a whole.
    func matches(_ name: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        var next = 0
        var at = start
        var retry: (next: Int, at: Int)?
        while true {
            if next < tokens.count, tokens[next] == .star {
                next += 1
                if next == tokens.count { return true }
                retry = (next, at)
                continue
            }
            if next == tokens.count, at == end { return true }
            if next < tokens.count, at < end, let length = length(tokens[next], name, at, end) {
                next += 1
                at += length
                continue
            }
            guard let (again, from) = retry, from < end else { return false }
            at = from + Self.character(name, at: from, end: end).byteCount
            next = again
            retry = (again, at)
        }
    }

    /// How many bytes of the name the token takes; nil if it does not fit.
    private func length(_ token: Token, _ name: Span<UInt8>, _ at: Int, _ end: Int) -> Int? {
        switch token {
        case .byte(let byte): return name[at] == byte ? 1 : nil
        case .anyCharacter: return Self.character(name, at: at, end: end).byteCount
        case .set(let ranges, let isNegated):
            let (value, byteCount) = Self.character(name, at: at, end: end)
            return ranges.contains { $0.contains(value) } != isNegated ? byteCount : nil
        case .star: return nil
        }
    }

    /// The character at `at`, and how many bytes it has. A byte that begins no well-formed UTF-8
    /// sequence counts by itself, with a value above all of Unicode.
    /// Source: The Unicode Standard, table 3-7.
    private static func character(
        _ bytes: Span<UInt8>, at: Int, end: Int
    ) -> (value: UInt32, byteCount: Int) {
        let first = UInt32(bytes[at])
        if first < 0x80 { return (first, 1) }
        let count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        var value = first & (0x7f >> UInt32(count))
        for offset in 1..<count {
            guard at + offset < end, bytes[at + offset] & 0xc0 == 0x80 else {
                return (0x11_0000 + first, 1)
            }
            value = value << 6 | UInt32(bytes[at + offset] & 0x3f)
        }
        let smallest: UInt32 = count == 4 ? 0x1_0000 : count == 3 ? 0x800 : 0x80
        guard first >= 0xc0, value >= smallest, let scalar = Unicode.Scalar(value) else {
            return (0x11_0000 + first, 1)
        }
        return (scalar.value, count)
    }
}
