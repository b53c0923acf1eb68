/// The shape of a zstd frame that holds its content as it is: for what does not become smaller.
///
/// | part | bytes | value |
/// |---|---|---|
/// | magic number | 4 | `28 B5 2F FD` |
/// | descriptor | 1 | `80`: 4 bytes of content size, no checksum |
/// | window | 1 | `38`: 128 KiB, as much as a block; a reader needs no more memory |
/// | content size | 4 | little-endian |
/// | blocks | 3 + n each | whether it is the last, type 0 (raw), n; then n bytes, at most 128 KiB |
///
/// Whoever writes it reads the content straight to its place.
/// Source: RFC 8878 §3.1.1.
package struct StoredFrame {
    package static let blockByteCount = 128 << 10

    package let contentByteCount: Int

    /// `contentByteCount` is 1 … 64 MiB, as a chunk has it.
    package init(contentByteCount: Int) {
        precondition(1...(64 << 20) ~= contentByteCount, "a chunk is 1 byte to 64 MiB")
        self.contentByteCount = contentByteCount
    }

    /// What stands before the first block.
    package var header: [UInt8] {
        [0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x38] + littleEndian(contentByteCount, byteCount: 4)
    }

    package struct Block {
        package let header: [UInt8]
        /// Which bytes of the content stand behind it.
        package let content: Range<Int>
    }

    package var blocks: some Sequence<Block> {
        stride(from: 0, to: contentByteCount, by: Self.blockByteCount).lazy.map { start in
            let end = min(start + Self.blockByteCount, contentByteCount)
            let isLast = end == contentByteCount
            return Block(
                header: littleEndian((end - start) << 3 | (isLast ? 1 : 0), byteCount: 3),
                content: start..<end)
        }
    }
}

private func littleEndian(_ number: Int, byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}
