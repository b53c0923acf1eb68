/// Bytes in lower-case hexadecimal digits.
func hexadecimal(_ bytes: [UInt8]) -> String {
    String(decoding: hexadecimalDigits(bytes), as: UTF8.self)
}

/// The same as ASCII bytes.
func hexadecimalDigits(_ bytes: [UInt8]) -> [UInt8] {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
    var digits: [UInt8] = []
    digits.reserveCapacity(2 * bytes.count)
    for byte in bytes {
        digits.append(digit(byte >> 4))
        digits.append(digit(byte & 15))
    }
    return digits
}
