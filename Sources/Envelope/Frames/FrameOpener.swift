import LibCrypto

/// Which IVs a reader of frames takes. Either way the tag proves that the frame was sealed with its
/// IV.
package enum IVRule: Sendable {
    /// The sequence number and nothing else, as the specification has writers do.
    case derived
    /// Whatever is stored: the format only wants IVs that differ within a message, and six official
    /// vectors of 2020 have `FF` bytes before the number.
    case stored
}

/// A frame opener decrypts whole frames of one message, in any order: one for each worker.
///
/// A frame that comes back without an error was written at this place of this message. That a
/// message is complete is known only when its final frame has been opened.
package struct FrameOpener: ~Copyable, Sendable {
    package let frameByteCount: Int
    private let headerByteCount: Int
    private let ivRule: IVRule
    private var gcm: AESGCM
    private var binding: FrameBinding

    /// The message has frames; a single block is `MessageReader`'s business.
    package init(_ message: VerifiedMessage, ivs ivRule: IVRule = .derived) throws(EnvelopeError) {
        guard case .frames(let byteCount) = message.header.content else {
            throw .malformed(.contentType, offset: message.headerByteCount)
        }
        gcm = try message.keys.cipher(.decrypt)
        frameByteCount = byteCount
        headerByteCount = message.headerByteCount
        self.ivRule = ivRule
        binding = FrameBinding(messageID: message.keys.messageID)
    }

    /// Opens a frame and appends its plaintext, for which `output` has room.
    ///
    /// A final frame may be full: some writers of this format end so. On failure `output` is as
    /// before, and what was written there is zeroed.
    package mutating func open(
        _ frame: Span<UInt8>, sequence: UInt32, isFinal: Bool,
        appendingTo output: inout OutputSpan<UInt8>
    ) throws(EnvelopeError) {
        let content = try check(frame, sequence: sequence, isFinal: isFinal)
        precondition(output.freeCapacity >= content.count, "the output has room for the plaintext")
        binding.bind(sequence: sequence, isFinal: isFinal, plaintextByteCount: content.count)
        let binding = binding
        let start = output.count
        do throws(CryptoError) {
            let iv = frame.extracting(isFinal ? 8..<20 : 4..<16)
            try gcm.begin(iv: iv, additionalData: binding.additionalData.span)
            try gcm.update(frame.extracting(content), appendingTo: &output)
            try gcm.verify(tag: frame.extracting(content.upperBound..<frame.count))
        } catch {
            wipe(&output, from: start)
            throw EnvelopeError(error, in: .frame(sequence))
        }
    }

    /// Checks what stands around the ciphertext; returns where that lies.
    private func check(
        _ frame: Span<UInt8>, sequence: UInt32, isFinal: Bool
    ) throws(EnvelopeError) -> Range<Int> {
        // All frames before this one are full, whoever wrote the message.
        let offset =
            headerByteCount
            + (Int(sequence) - 1) * (frameByteCount + FrameLayout.regularOverhead)
        let smallest = FrameLayout.byteCount(
            plaintext: isFinal ? 0 : frameByteCount, isFinal: isFinal)
        guard frame.count >= smallest else {
            throw .truncated(needed: smallest - frame.count, offset: offset + frame.count)
        }
        var place = 0
        if isFinal {
            guard number(at: place, byteCount: 4, in: frame) == FrameSealer.endMarker else {
                throw .malformedFrame(sequence, .frameMarker, offset: offset + place)
            }
            place += 4
        }
        guard number(at: place, byteCount: 4, in: frame) == Int(sequence) else {
            throw .malformedFrame(sequence, .sequenceNumber, offset: offset + place)
        }
        place += 4
        let isDerived =
            number(at: place, byteCount: 8, in: frame) == 0
            && number(at: place + 8, byteCount: 4, in: frame) == Int(sequence)
        guard isDerived || ivRule == .stored else {
            throw .malformedFrame(sequence, .iv, offset: offset + place)
        }
        place += 12
        var count = frameByteCount
        if isFinal {
            count = number(at: place, byteCount: 4, in: frame)
            guard count <= frameByteCount else {
                throw .malformedFrame(sequence, .contentLength, offset: offset + place)
            }
            place += 4
        }
        let end = FrameLayout.byteCount(plaintext: count, isFinal: isFinal)
        guard frame.count >= end else {
            throw .truncated(needed: end - frame.count, offset: offset + frame.count)
        }
        guard frame.count == end else { throw .trailingBytes(offset: offset + end) }
        return place..<place + count
    }
}

/// Zeroes what was appended from `start` on, and takes it back.
func wipe(_ output: inout OutputSpan<UInt8>, from start: Int) {
    let end = output.count
    var bytes = output.mutableSpan
    for i in start..<end { bytes[i] = 0 }
    output.removeLast(end - start)
}
