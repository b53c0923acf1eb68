/// What happens between input and output. What is nil or false does not happen.
package struct Stages: Sendable, Equatable {
    /// Where nothing is compressed larger chunks win nothing, and leave the cache before they are
    /// encrypted.
    package static func defaultChunkByteCount(compressing: Bool) -> Int {
        compressing ? 8 << 20 : 2 << 20
    }

    /// Independent zstd frames, one a chunk.
    package struct Compression: Sendable, Equatable {
        package enum Codec: String, Sendable, CaseIterable {
            case zstd
        }

        package static let defaultLevel = 3

        package var codec: Codec
        package var level: Int

        package init(codec: Codec = .zstd, level: Int = Self.defaultLevel) {
            precondition(StageLimits.level ~= level, "a zstd level is 1 to 19")
            self.codec = codec
            self.level = level
        }
    }

    /// One message a part, sealed frame by frame.
    package struct Encryption: Sendable, Equatable {
        package static let defaultFrameByteCount = 1 << 20
        package static let defaultPartByteCount = 64 << 20

        package var frameByteCount: Int
        package var partByteCount: Int

        package init(
            frameByteCount: Int = Self.defaultFrameByteCount,
            partByteCount: Int = Self.defaultPartByteCount
        ) {
            precondition(
                StageLimits.frameByteCount ~= frameByteCount
                    && StageLimits.partByteCount ~= partByteCount
                    && partByteCount >= frameByteCount,
                "a frame is 4 KiB to 64 MiB, a part holds at least one frame and at most 4 GiB")
            self.frameByteCount = frameByteCount
            self.partByteCount = partByteCount
        }
    }

    package var chunkByteCount: Int
    package var compression: Compression?
    package var encryption: Encryption?
    package var decrypts: Bool
    package var decompresses: Bool
    package var verifies: Bool

    package init(
        chunkByteCount: Int? = nil, compression: Compression? = nil,
        encryption: Encryption? = nil, decrypts: Bool = false, decompresses: Bool = false,
        verifies: Bool = false
    ) {
        let chunkByteCount =
            chunkByteCount ?? Self.defaultChunkByteCount(compressing: compression != nil)
        precondition(
            StageLimits.chunkByteCount ~= chunkByteCount, "a chunk is 64 KiB to 64 MiB")
        self.chunkByteCount = chunkByteCount
        self.compression = compression
        self.encryption = encryption
        self.decrypts = decrypts
        self.decompresses = decompresses
        self.verifies = verifies
    }
}

/// The sizes a job may ask for.
package enum StageLimits {
    package static let chunkByteCount = 64 << 10...64 << 20
    package static let frameByteCount = 4 << 10...64 << 20
    package static let partByteCount = 4 << 10...4 << 30
    package static let level = 1...19
    package static let workers = 1...128
}
