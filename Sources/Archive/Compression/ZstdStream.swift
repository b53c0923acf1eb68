private import CLibZstd

/// A stream of bytes through zstd, in either direction: catalogs, and messages that are not archives.
/// Source: zstd.h, "Streaming".
@safe
package final class ZstdStream {
    package enum Direction: Sendable { case compress(level: Int), decompress }

    private let compressor: OpaquePointer?
    private let decompressor: OpaquePointer?
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    /// Zero between two frames; else bytes are missing.
    private var pending = 0

    package init(_ direction: Direction) {
        switch direction {
        case .compress(let level):
            guard let context = unsafe ZSTD_createCCtx() else {
                preconditionFailure("no memory for a compressor")
            }
            // A level out of bounds is taken for the nearest one, so this cannot fail.
            _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, CInt(level))
            unsafe compressor = context
            unsafe decompressor = nil
        case .decompress:
            guard let context = unsafe ZSTD_createDCtx() else {
                preconditionFailure("no memory for a decompressor")
            }
            unsafe compressor = nil
            unsafe decompressor = context
        }
    }

    deinit {
        unsafe ZSTD_freeCCtx(compressor)
        unsafe ZSTD_freeDCtx(decompressor)
    }

    /// Passes what comes out to `body`, piece by piece.
    package func write(_ bytes: Span<UInt8>, _ body: (Span<UInt8>) throws -> Void) throws {
        // Without a byte of a next frame there is none, but zstd would count it as begun.
        if bytes.isEmpty { return }
        try run(bytes, isLast: false, body)
    }

    /// Ends the stream. A stream to decompress must have ended with a frame.
    package func finish(_ body: (Span<UInt8>) throws -> Void) throws {
        if unsafe compressor != nil {
            try run([UInt8]().span, isLast: true, body)
        } else if pending != 0 {
            throw ArchiveError.damaged(what: "zstd stream", reason: "ends within a frame")
        }
    }

    private func run(
        _ bytes: Span<UInt8>, isLast: Bool, _ body: (Span<UInt8>) throws -> Void
    ) throws {
        var consumed = 0
        while true {
            var produced = 0
            let status = unsafe bytes.withUnsafeBytes { bytes in
                unsafe buffer.withUnsafeMutableBytes { buffer in
                    var input = unsafe ZSTD_inBuffer(
                        src: bytes.baseAddress, size: bytes.count, pos: consumed)
                    var output = unsafe ZSTD_outBuffer(
                        dst: buffer.baseAddress, size: buffer.count, pos: 0)
                    let status: Int
                    if let compressor = unsafe compressor {
                        status = unsafe ZSTD_compressStream2(
                            compressor, &output, &input, isLast ? ZSTD_e_end : ZSTD_e_continue)
                    } else {
                        status = unsafe ZSTD_decompressStream(decompressor, &output, &input)
                    }
                    unsafe consumed = input.pos
                    unsafe produced = output.pos
                    return status
                }
            }
            guard ZSTD_isError(status) == 0 else {
                throw ArchiveError.damaged(
                    what: "zstd stream", reason: unsafe String(cString: ZSTD_getErrorName(status)))
            }
            pending = status
            if produced > 0 {
                let buffer = buffer
                let whole = buffer.span
                try body(whole.extracting(0..<produced))
            }
            let isDrained = status == 0 || produced < buffer.count
            let isDone = isLast ? status == 0 : consumed == bytes.count && isDrained
            if isDone { return }
        }
    }
}
