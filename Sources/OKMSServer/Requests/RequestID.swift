/// A random id for a request: a UUID of version 4, in lower case.
/// Source: RFC 9562 §5.4.
enum RequestID {
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return text(generator.next(), generator.next())
    }

    static func text(_ high: UInt64, _ low: UInt64) -> String {
        let high = high & ~0xf000 | 0x4000
        let low = low & ~(0b11 << 62) | 0b10 << 62
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<32 {
            if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
            let word = index < 16 ? high : low
            let digit = UInt8(word >> UInt64(60 - index % 16 * 4) & 15)
            text.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
