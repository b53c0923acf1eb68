package import LibCrypto
package import OKMS

/// A message writer turns plaintext into a message, front to back, on one thread, in the memory of
/// one frame. Bytes go in by `write`, message bytes come out at the end of the caller's array.
package struct MessageWriter: ~Copyable {
    package static let defaultFrameByteCount = 1 << 20

    package let header: MessageHeader
    private var headerBytes: [UInt8]
    private var sealer: FrameSealer
    private var sequence: UInt32 = 1
    /// Plaintext of a frame that is not full yet.
    private var pending: [UInt8] = []
    private var isFinished = false

    /// The message id must never have been used before with this data key.
    ///
    /// Throws what `MessageHeader` and `MessageKeys` throw.
    package init(
        dataKey: borrowing SecretBytes, wrappedKeys: [WrappedKey], context: EncryptionContext,
        messageID: MessageID, frameByteCount: Int = defaultFrameByteCount
    ) throws(EnvelopeError) {
        let keys = try MessageKeys.derive(from: dataKey, messageID: messageID)
        let header = try MessageHeader(
            keys: keys, context: context, wrappedKeys: wrappedKeys, frameByteCount: frameByteCount)
        let headerBytes = try header.serialized(with: keys)
        sealer = try FrameSealer(keys: keys, frameByteCount: frameByteCount)
        self.header = header
        self.headerBytes = headerBytes
    }

    /// Takes the next plaintext; appends the frames that have become full.
    package mutating func write(
        _ plaintext: Span<UInt8>, appendingTo message: inout [UInt8]
    ) throws(EnvelopeError) {
        precondition(!isFinished, "nothing is written after the end of a message")
        appendHeader(to: &message)
        var offset = 0
        while plaintext.count - offset >= sealer.frameByteCount - pending.count {
            let end = offset + sealer.frameByteCount - pending.count
            try sealFrame(
                pendingThen: plaintext.extracting(offset..<end), isFinal: false,
                appendingTo: &message)
            offset = end
        }
        pending.append(plaintext.extracting(offset..<plaintext.count))
    }

    /// Ends the message with its final frame.
    package mutating func finish(appendingTo message: inout [UInt8]) throws(EnvelopeError) {
        precondition(!isFinished, "a message ends once")
        appendHeader(to: &message)
        try sealFrame(pendingThen: Span(), isFinal: true, appendingTo: &message)
        isFinished = true
    }

    private mutating func appendHeader(to message: inout [UInt8]) {
        message += headerBytes
        headerBytes = []
    }

    private mutating func sealFrame(
        pendingThen rest: Span<UInt8>, isFinal: Bool, appendingTo message: inout [UInt8]
    ) throws(EnvelopeError) {
        // Locals, because the closure below may not reach into `self` twice at once.
        let sequence = sequence
        let first = exchange(&pending, with: [])
        let count = first.count + rest.count
        guard isFinal || sequence < UInt32.max else {
            throw .overLimit(
                .sequenceNumber, Int(sequence) + 1, limit: Int(UInt32.max), offset: 0)
        }
        let byteCount = FrameLayout.byteCount(plaintext: count, isFinal: isFinal)
        try message.append(addingCapacity: byteCount) { output throws(EnvelopeError) in
            try sealer.begin(
                sequence: sequence, isFinal: isFinal, plaintextByteCount: count,
                appendingTo: &output)
            try sealer.append(first.span, appendingTo: &output)
            try sealer.append(rest, appendingTo: &output)
            try sealer.finish(appendingTo: &output)
        }
        pending = first
        pending.removeAll(keepingCapacity: true)
        if !isFinal { self.sequence += 1 }
    }
}
