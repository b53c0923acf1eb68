import LibCrypto

/// A frame sealer encrypts frames of one message, in any order: one for each worker.
///
/// The plaintext of a frame comes in any number of pieces, which may lie anywhere:
///
///     try sealer.begin(
///         sequence: 7, isFinal: false, plaintextByteCount: 1 << 20, appendingTo: &out)
///     try sealer.append(firstPiece, appendingTo: &out)
///     try sealer.append(secondPiece, appendingTo: &out)
///     try sealer.finish(appendingTo: &out)
///
/// What it writes does not depend on the order of frames or the cut of pieces. Two plaintexts must
/// never be sealed at one sequence number of one message: redo the message under a new id instead.
///
/// | regular frame | bytes | final frame | bytes |
/// |---|---|---|---|
/// | | | end marker `FFFFFFFF` | 4 |
/// | sequence number | 4 | sequence number | 4 |
/// | IV: the same number | 12 | IV: the same number | 12 |
/// | | | content length *n* | 4 |
/// | ciphertext | F | ciphertext | *n* |
/// | tag | 16 | tag | 16 |
package struct FrameSealer: ~Copyable, Sendable {
    static let endMarker = Int(UInt32.max)

    package let frameByteCount: Int
    private var gcm: AESGCM
    private var binding: FrameBinding
    private var sequence: UInt32 = 0
    /// The plaintext that the frame begun still lacks; nil between frames.
    private var missing: Int?

    package init(keys: MessageKeys, frameByteCount: Int) throws(EnvelopeError) {
        precondition(
            1...MessageHeader.maximumFrameByteCount ~= frameByteCount, "frames of 1 byte … 64 MiB")
        gcm = try keys.cipher(.encrypt)
        self.frameByteCount = frameByteCount
        binding = FrameBinding(messageID: keys.messageID)
    }

    /// Starts a frame, giving up one that was not finished, and writes what stands before its
    /// ciphertext. A regular frame is full, the final one is shorter than that. `output` has room
    /// for the whole frame: `FrameLayout.byteCount(plaintext:isFinal:)`.
    package mutating func begin(
        sequence: UInt32, isFinal: Bool, plaintextByteCount: Int,
        appendingTo output: inout OutputSpan<UInt8>
    ) throws(EnvelopeError) {
        precondition(
            isFinal
                ? 0..<frameByteCount ~= plaintextByteCount : plaintextByteCount == frameByteCount,
            "regular frames are full, the final frame is shorter")
        precondition(
            isFinal || sequence < UInt32.max,
            "the last possible frame of a message is its final one")
        precondition(
            output.freeCapacity
                >= FrameLayout.byteCount(plaintext: plaintextByteCount, isFinal: isFinal),
            "the output has room for the frame")
        binding.bind(
            sequence: sequence, isFinal: isFinal, plaintextByteCount: plaintextByteCount)
        self.sequence = sequence
        missing = plaintextByteCount
        if isFinal { Envelope.append(Self.endMarker, byteCount: 4, to: &output) }
        Envelope.append(Int(sequence), byteCount: 4, to: &output)
        Envelope.append(Int(sequence), byteCount: 12, to: &output)
        if isFinal { Envelope.append(plaintextByteCount, byteCount: 4, to: &output) }
        let binding = binding
        do throws(CryptoError) {
            try gcm.begin(iv: binding.iv.span, additionalData: binding.additionalData.span)
        } catch {
            throw EnvelopeError(error, in: .frame(sequence))
        }
    }

    /// Seals the next piece of the frame begun.
    package mutating func append(
        _ piece: Span<UInt8>, appendingTo output: inout OutputSpan<UInt8>
    ) throws(EnvelopeError) {
        guard let missing, piece.count <= missing else {
            preconditionFailure("a piece lies within the frame that was begun")
        }
        self.missing = missing - piece.count
        do throws(CryptoError) {
            try gcm.update(piece, appendingTo: &output)
        } catch {
            throw EnvelopeError(error, in: .frame(sequence))
        }
    }

    /// Ends the frame with its tag.
    package mutating func finish(appendingTo output: inout OutputSpan<UInt8>) throws(EnvelopeError)
    {
        precondition(missing == 0, "a frame is finished when all its pieces are there")
        missing = nil
        do throws(CryptoError) {
            try gcm.finish(appendingTagTo: &output)
        } catch {
            throw EnvelopeError(error, in: .frame(sequence))
        }
    }

    /// Seals a whole frame whose plaintext lies in one piece.
    package mutating func seal(
        _ plaintext: Span<UInt8>, sequence: UInt32, isFinal: Bool,
        appendingTo output: inout OutputSpan<UInt8>
    ) throws(EnvelopeError) {
        try begin(
            sequence: sequence, isFinal: isFinal, plaintextByteCount: plaintext.count,
            appendingTo: &output)
        try append(plaintext, appendingTo: &output)
        try finish(appendingTo: &output)
    }
}
