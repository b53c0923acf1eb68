/// Appends the low `byteCount` bytes of a number, most significant first.
func append(_ number: Int, byteCount: Int, to bytes: inout [UInt8]) {
    for place in (0..<byteCount).reversed() {
        bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place)))
    }
}

/// Appends the low `byteCount` bytes of a number, most significant first.
func append(_ number: Int, byteCount: Int, to output: inout OutputSpan<UInt8>) {
    for place in (0..<byteCount).reversed() {
        output.append(UInt8(truncatingIfNeeded: number >> (8 * place)))
    }
}

/// Overwrites `byteCount` bytes from `offset` on with a number, most significant first.
func store(_ number: Int, byteCount: Int, at offset: Int, in bytes: inout [UInt8]) {
    for place in 0..<byteCount {
        bytes[offset + place] = UInt8(truncatingIfNeeded: number >> (8 * (byteCount - 1 - place)))
    }
}

/// The number in the `byteCount` bytes from `offset` on, most significant first. At most 7 bytes,
/// or 8 of which the topmost bit is zero.
func number(at offset: Int, byteCount: Int, in bytes: Span<UInt8>) -> Int {
    var number = 0
    for place in 0..<byteCount { number = number << 8 | Int(bytes[offset + place]) }
    return number
}
