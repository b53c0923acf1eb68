private import CLibZstd

/// Opens the zstd frame of one chunk. One worker's own.
/// Source: RFC 8878; ZSTD_decompressDCtx.
@safe
package final class ChunkDecompressor {
    private let context: OpaquePointer

    package init() {
        guard let context = unsafe ZSTD_createDCtx() else {
            preconditionFailure("no memory for a decompressor")
        }
        unsafe self.context = context
    }

    deinit { unsafe ZSTD_freeDCtx(context) }

    /// Appends the content of `frame`, which must be `count` bytes, to `output`.
    package func decompress(
        _ frame: Span<UInt8>, count: Int, appendingTo output: inout OutputSpan<UInt8>
    ) throws(ArchiveError) {
        precondition(count <= output.freeCapacity, "the output has room for the chunk")
        let written = unsafe frame.withUnsafeBytes { frame in
            unsafe output.withUnsafeMutableBufferPointer { output, filled in
                let written = unsafe ZSTD_decompressDCtx(
                    context, output.baseAddress?.advanced(by: filled), count, frame.baseAddress,
                    frame.count)
                if ZSTD_isError(written) == 0 { filled += written }
                return written
            }
        }
        guard ZSTD_isError(written) == 0 else {
            throw .damaged(
                what: "chunk", reason: unsafe String(cString: ZSTD_getErrorName(written)))
        }
        guard written == count else {
            throw .damaged(what: "chunk", reason: "holds \(written) bytes instead of \(count)")
        }
    }
}
