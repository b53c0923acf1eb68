extension FixedWidthInteger {
    /// The number's bytes, the most significant first.
    var bigEndianBytes: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: self >> Self($0))
        }
    }

    /// The number written in big-endian bytes; as many as its width, or a programming error.
    init(bigEndianBytes bytes: ArraySlice<UInt8>) {
        precondition(bytes.count == Self.bitWidth / 8, "a number has as many bytes as its width")
        self = bytes.reduce(0) { $0 << 8 | Self($1) }
    }
}
