extension [UInt8] {
    /// The bytes of a span.
    init(_ span: Span<UInt8>) {
        self.init()
        append(span)
    }

    /// Appends the bytes of a span in one go: the library has no such call, and a loop over a whole
    /// frame would cost as much as sealing it.
    mutating func append(_ span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
