private import CLibZstd

/// Makes one independent zstd frame of one chunk. One worker's own.
///
/// The frame states its content size, so a reader knows how much memory it needs, and carries no
/// checksum: the message around it is authenticated.
/// Source: RFC 8878; zstd.h, "Advanced compression API".
@safe
package final class ChunkCompressor {
    private let context: OpaquePointer
    /// For what needs no tuned tables: samples, and chunks that will not compress.
    private let plainContext: OpaquePointer
    private let level: Int
    private var isTunedForMany: Bool?

    /// `level` is 1 … 19.
    package init(level: Int) {
        guard let context = unsafe zstd_create_compressor(), let plain = unsafe ZSTD_createCCtx()
        else {
            preconditionFailure("no memory for a compressor")
        }
        unsafe self.context = context
        unsafe plainContext = plain
        self.level = level
    }

    deinit {
        unsafe ZSTD_freeCCtx(context)
        unsafe ZSTD_freeCCtx(plainContext)
    }

    /// How much memory a compressor of a level takes, at most.
    package static func byteCount(level: Int) -> Int { ZSTD_estimateCCtxSize(CInt(level)) }

    /// The most bytes that `count` bytes can take when compressed.
    package static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

    /// Appends the frame of `chunk` to `output`, which has room for `bound`.
    ///
    /// `holdsManyFiles`: the chunk is made of many small files. At level 3 (and there alone) other
    /// chunks get a smaller table of short matches, which is faster and enough for them. A chunk whose
    /// samples do not compress is only skimmed; `isSampled`: they did, as somebody knows already.
    package func compress(
        _ chunk: Span<UInt8>, holdsManyFiles: Bool, isSampled: Bool = false,
        appendingTo output: inout OutputSpan<UInt8>
    ) throws(ArchiveError) {
        let skims = !isSampled && looksIncompressible(chunk)
        if !skims, isTunedForMany != holdsManyFiles { try tune(forMany: holdsManyFiles) }
        let written = unsafe chunk.withUnsafeBytes { chunk in
            unsafe output.withUnsafeMutableBufferPointer { output, count in
                let room = unsafe output.baseAddress?.advanced(by: count)
                let capacity = output.count - count
                let written =
                    unsafe skims
                    ? ZSTD_compressCCtx(
                        plainContext, room, capacity, chunk.baseAddress, chunk.count,
                        Self.skimmingLevel)
                    : ZSTD_compress2(context, room, capacity, chunk.baseAddress, chunk.count)
                if ZSTD_isError(written) == 0 { count += written }
                return written
            }
        }
        guard ZSTD_isError(written) == 0 else {
            throw .library(unsafe String(cString: ZSTD_getErrorName(written)), path: "zstd")
        }
    }

    /// The fastest zstd has: it takes long repetitions and nothing else.
    private static let skimmingLevel: CInt = -1000
    private static let sampleByteCount = 1 << 10
    private static let sampleCount = 32

    /// Compresses a few samples from all over a chunk of `count` bytes; true if none of it becomes
    /// smaller. `read` fills a sample from an offset on.
    package func looksIncompressible(
        count: Int, read: (_ offset: Int, _ sample: inout MutableSpan<UInt8>) -> Void
    ) -> Bool {
        let whole = Self.sampleByteCount * Self.sampleCount
        guard count >= 8 * whole else { return false }
        let stride = count / Self.sampleCount
        return unsafe withUnsafeTemporaryAllocation(
            byteCount: whole + ZSTD_compressBound(whole), alignment: 64
        ) { scratch in
            guard let samples = scratch.baseAddress else { return false }
            for number in 0..<Self.sampleCount {
                let start = unsafe samples + number * Self.sampleByteCount
                var sample = unsafe MutableSpan(
                    _unsafeStart: start.assumingMemoryBound(to: UInt8.self),
                    count: Self.sampleByteCount)
                // At places that follow no rule of the content's, but are the same every time.
                let slack = stride - Self.sampleByteCount
                read(number * stride + number * 2_654_435_761 % slack, &sample)
            }
            let written = unsafe ZSTD_compressCCtx(
                plainContext, samples + whole, scratch.count - whole, samples, whole, 1)
            return ZSTD_isError(written) == 0 && written >= whole
        }
    }

    private func looksIncompressible(_ chunk: Span<UInt8>) -> Bool {
        looksIncompressible(count: chunk.count) { offset, sample in
            unsafe sample.withUnsafeMutableBytes { sample in
                unsafe chunk.withUnsafeBytes { chunk in
                    let range = offset..<offset + sample.count
                    unsafe sample.copyMemory(from: UnsafeRawBufferPointer(rebasing: chunk[range]))
                }
            }
        }
    }

    private func tune(forMany: Bool) throws(ArchiveError) {
        var parameters = [(ZSTD_c_compressionLevel, level), (ZSTD_c_contentSizeFlag, 1)]
        // A chunk is in memory whole, so a window twice as large as the level's costs nothing.
        if level == 3 {
            parameters += [
                (ZSTD_c_windowLog, 22), (ZSTD_c_chainLog, forMany ? 16 : 14),
            ]
        }
        for (parameter, value) in parameters {
            let status = unsafe ZSTD_CCtx_setParameter(context, parameter, CInt(value))
            guard ZSTD_isError(status) == 0 else {
                throw .library(unsafe String(cString: ZSTD_getErrorName(status)), path: "zstd")
            }
        }
        isTunedForMany = forMany
    }
}
