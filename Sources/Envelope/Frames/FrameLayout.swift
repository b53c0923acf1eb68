/// A frame layout says where every frame of a message lies, from three lengths alone.
///
/// Regular frames are full; the final one is shorter than a full one, and empty when the plaintext
/// is an exact multiple of the frame length. So a message of `L` bytes in frames of `F` has `header
/// + L + 32·⌊L/F⌋ + 40` bytes.
/// Source: AWS Encryption SDK specification, "message-body", framed data.
package struct FrameLayout: Hashable, Sendable {
    /// Where a frame and its plaintext lie.
    package struct Frame: Hashable, Sendable {
        /// 1, 2, 3 …
        package let sequence: UInt32
        package let isFinal: Bool
        /// From the start of the message.
        package let offset: Int
        package let byteCount: Int
        /// From the start of the message's plaintext.
        package let plaintextOffset: Int
        package let plaintextByteCount: Int
    }

    /// Sequence number, IV, tag.
    package static let regularOverhead = 4 + 12 + 16
    /// End marker, sequence number, IV, content length, tag.
    package static let finalOverhead = 4 + 4 + 12 + 4 + 16

    package let headerByteCount: Int
    package let frameByteCount: Int
    package let plaintextByteCount: Int

    /// Throws `overLimit` for a plaintext of more than 2^32-1 frames.
    package init(
        headerByteCount: Int, frameByteCount: Int, plaintextByteCount: Int
    ) throws(EnvelopeError) {
        precondition(
            1...MessageHeader.maximumFrameByteCount ~= frameByteCount && headerByteCount >= 0
                && plaintextByteCount >= 0, "lengths are not negative, frames 1 byte … 64 MiB")
        guard plaintextByteCount / frameByteCount < Int(UInt32.max) else {
            throw .overLimit(
                .contentLength, plaintextByteCount, limit: frameByteCount * Int(UInt32.max) - 1,
                offset: headerByteCount)
        }
        self.headerByteCount = headerByteCount
        self.frameByteCount = frameByteCount
        self.plaintextByteCount = plaintextByteCount
    }

    /// The layout of a stored message. Its length is only a claim until the final frame is opened.
    ///
    /// Throws `malformed` for a length no message of ours can have.
    package init(
        headerByteCount: Int, frameByteCount: Int, messageByteCount: Int
    ) throws(EnvelopeError) {
        precondition(frameByteCount > 0, "a frame has at least one byte")
        let bodyByteCount = messageByteCount - headerByteCount - Self.finalOverhead
        guard bodyByteCount >= 0 else {
            throw .truncated(needed: -bodyByteCount, offset: messageByteCount)
        }
        let (regularCount, rest) = bodyByteCount.quotientAndRemainder(
            dividingBy: frameByteCount + Self.regularOverhead)
        guard rest < frameByteCount else {
            throw .malformed(.messageLength, offset: messageByteCount)
        }
        try self.init(
            headerByteCount: headerByteCount, frameByteCount: frameByteCount,
            plaintextByteCount: regularCount * frameByteCount + rest)
    }

    package var frameCount: Int { plaintextByteCount / frameByteCount + 1 }

    package var messageByteCount: Int {
        headerByteCount + plaintextByteCount + (frameCount - 1) * Self.regularOverhead
            + Self.finalOverhead
    }

    /// The frame with this sequence number, 1 … `frameCount`.
    package func frame(_ sequence: UInt32) -> Frame {
        precondition(1...frameCount ~= Int(sequence), "frame \(sequence) of \(frameCount)")
        let index = Int(sequence) - 1
        let isFinal = Int(sequence) == frameCount
        let count = isFinal ? plaintextByteCount - index * frameByteCount : frameByteCount
        return Frame(
            sequence: sequence, isFinal: isFinal,
            offset: headerByteCount + index * (frameByteCount + Self.regularOverhead),
            byteCount: Self.byteCount(plaintext: count, isFinal: isFinal),
            plaintextOffset: index * frameByteCount, plaintextByteCount: count)
    }

    /// The sequence numbers of the frames that hold these bytes of the plaintext; none for no
    /// bytes.
    package func frames(holding plaintext: Range<Int>) -> Range<UInt32> {
        precondition(
            plaintext.lowerBound >= 0 && plaintext.upperBound <= plaintextByteCount,
            "the range lies within the plaintext")
        let first = UInt32(plaintext.lowerBound / frameByteCount + 1)
        guard !plaintext.isEmpty else { return first..<first }
        return first..<UInt32((plaintext.upperBound - 1) / frameByteCount + 2)
    }

    /// The bytes of a frame around so many bytes of plaintext.
    package static func byteCount(plaintext: Int, isFinal: Bool) -> Int {
        plaintext + (isFinal ? finalOverhead : regularOverhead)
    }
}
