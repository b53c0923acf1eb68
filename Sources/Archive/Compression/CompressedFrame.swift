private import CLibZstd

/// What the bytes at a place say about a chunk that may begin there, where no catalog says it.
/// Source: RFC 8878 §3.1.1; ZSTD_getFrameContentSize, ZSTD_findFrameCompressedSize.
package enum CompressedFrame: Equatable, Sendable {
    case whole(byteCount: Int, contentByteCount: Int)
    /// More bytes are needed to tell.
    case incomplete
    /// No chunk begins here.
    case none

    package static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
    private static let longestHeader = 18

    /// `limit`: the most bytes of content a chunk has.
    package init(at bytes: Span<UInt8>, limit: Int) {
        self = unsafe bytes.withUnsafeBytes { bytes in
            let size = unsafe ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
            // The macros ZSTD_CONTENTSIZE_UNKNOWN and ZSTD_CONTENTSIZE_ERROR.
            if size >= UInt64.max - 1 {
                let isError = size == UInt64.max - 1
                return isError && bytes.count < Self.longestHeader ? .incomplete : .none
            }
            guard size > 0, size <= UInt64(limit) else { return .none }
            let count = unsafe ZSTD_findFrameCompressedSize(bytes.baseAddress, bytes.count)
            if ZSTD_isError(count) == 0 {
                return .whole(byteCount: count, contentByteCount: Int(size))
            }
            return bytes.count < ZSTD_compressBound(Int(size)) ? .incomplete : .none
        }
    }
}
