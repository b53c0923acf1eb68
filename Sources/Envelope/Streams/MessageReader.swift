package import LibCrypto
package import OKMS

/// A message reader turns one message back into plaintext, front to back, on one thread, in the
/// memory of one frame. Bytes go in by `read`, plaintext whose tag was verified comes out at the
/// end of the caller's array.
///
/// The plaintext is the message's only once `finish` has returned: before that it may be a
/// beginning of it. After a failure the reader throws the same error for ever.
package struct MessageReader: ~Copyable {
    private enum State {
        case header, frames, singleBlock, finished
        case failed(EnvelopeError)
    }

    private let verify: (UnverifiedHeader) throws(EnvelopeError) -> VerifiedMessage
    private let ivRule: IVRule
    private var state = State.header
    private var message: VerifiedMessage?
    private var opener: FrameOpener?
    /// Of the next frame. One more than fits a frame's number, after the last possible regular one.
    private var sequence = 1
    /// The beginning of a header or frame that is not complete yet.
    private var pending: [UInt8] = []
    /// How many bytes `pending` needs before it is worth another look.
    private var wanted = 1
    /// Where `pending` begins in the message.
    private var offset = 0

    /// The header, once it has been verified.
    package var header: MessageHeader? { message?.header }

    /// `verify` is asked once, for the header: it finds the data key.
    package init(
        ivs ivRule: IVRule = .derived,
        verifyingWith verify:
            @escaping (UnverifiedHeader) throws(EnvelopeError) -> VerifiedMessage
    ) {
        self.ivRule = ivRule
        self.verify = verify
    }

    package init(
        service: some DataKeyService, expecting expected: EncryptionContext = .empty
    ) {
        self.init { header throws(EnvelopeError) in
            try header.verified(using: service, expecting: expected)
        }
    }

    package init(
        dataKey: consuming SecretBytes, expecting expected: EncryptionContext = .empty,
        ivs ivRule: IVRule = .derived
    ) {
        let holder = SecretHolder(dataKey)
        self.init(ivs: ivRule) { header throws(EnvelopeError) in
            try header.verified(dataKey: holder.secret, expecting: expected)
        }
    }

    /// Takes the next bytes of the message; appends the plaintext they complete.
    package mutating func read(
        _ bytes: Span<UInt8>, appendingTo plaintext: inout [UInt8]
    ) throws(EnvelopeError) {
        if case .failed(let error) = state { throw error }
        do throws(EnvelopeError) {
            try take(bytes, appendingTo: &plaintext)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Says that no more bytes come. Throws `truncated` unless the message is complete.
    package mutating func finish() throws(EnvelopeError) {
        switch state {
        case .finished: return
        case .failed(let error): throw error
        case .header, .frames, .singleBlock:
            let error = EnvelopeError.truncated(
                needed: wanted - pending.count, offset: offset + pending.count)
            state = .failed(error)
            throw error
        }
    }

    private mutating func take(
        _ bytes: Span<UInt8>, appendingTo plaintext: inout [UInt8]
    ) throws(EnvelopeError) {
        var place = 0
        while place < bytes.count {
            if pending.isEmpty {
                let rest = bytes.extracting(place..<bytes.count)
                let used = try readUnit(rest, appendingTo: &plaintext)
                if used == 0 { pending.append(rest) }
                place += used == 0 ? rest.count : used
            } else {
                let end = place + min(wanted - pending.count, bytes.count - place)
                pending.append(bytes.extracting(place..<end))
                place = end
                guard pending.count == wanted else { return }
                // Taken out, because a span of `pending` would keep all of `self` from changing.
                var unit = exchange(&pending, with: [])
                let used = try readUnit(unit.span, appendingTo: &plaintext)
                precondition(used == 0 || used == unit.count, "nothing is read beyond `wanted`")
                if used > 0 { unit.removeAll(keepingCapacity: true) }
                pending = unit
            }
        }
    }

    /// Reads the header or frame at the start of `bytes` and returns its length; or, when there are
    /// too few bytes, sets `wanted` and returns 0. Never reads beyond `wanted`, once that is set.
    private mutating func readUnit(
        _ bytes: Span<UInt8>, appendingTo plaintext: inout [UInt8]
    ) throws(EnvelopeError) -> Int {
        let used =
            switch state {
            case .header: try readHeader(bytes)
            case .frames: try readFrame(bytes, appendingTo: &plaintext)
            case .singleBlock: try readSingleBlock(bytes, appendingTo: &plaintext)
            case .finished: throw .trailingBytes(offset: offset)
            case .failed(let error): throw error
            }
        if used > 0 {
            offset += used
            wanted = 1
        }
        return used
    }

    private mutating func readHeader(_ bytes: Span<UInt8>) throws(EnvelopeError) -> Int {
        let header: UnverifiedHeader
        do throws(EnvelopeError) {
            header = try UnverifiedHeader(parsing: bytes)
        } catch {
            guard case .truncated(let needed, _) = error else { throw error }
            wanted = bytes.count + needed
            return 0
        }
        let message = try verify(header)
        switch message.header.content {
        case .frames:
            opener = try FrameOpener(message, ivs: ivRule)
            state = .frames
        case .singleBlock: state = .singleBlock
        }
        self.message = message
        return header.byteCount
    }

    private mutating func readFrame(
        _ bytes: Span<UInt8>, appendingTo plaintext: inout [UInt8]
    ) throws(EnvelopeError) -> Int {
        guard has(4, in: bytes) else { return 0 }
        let isFinal = number(at: 0, byteCount: 4, in: bytes) == FrameSealer.endMarker
        guard let frameByteCount = opener?.frameByteCount,
            let sequence = UInt32(exactly: sequence)
        else { throw .malformed(.sequenceNumber, offset: offset) }
        var count = frameByteCount
        if isFinal {
            guard has(24, in: bytes) else { return 0 }
            count = number(at: 20, byteCount: 4, in: bytes)
            guard count <= frameByteCount else {
                throw .malformedFrame(sequence, .contentLength, offset: offset + 20)
            }
        }
        let byteCount = FrameLayout.byteCount(plaintext: count, isFinal: isFinal)
        guard has(byteCount, in: bytes) else { return 0 }
        try plaintext.append(addingCapacity: count) { output throws(EnvelopeError) in
            try opener?.open(
                bytes.extracting(0..<byteCount), sequence: sequence, isFinal: isFinal,
                appendingTo: &output)
        }
        self.sequence += 1
        if isFinal { state = .finished }
        return byteCount
    }

    private mutating func readSingleBlock(
        _ bytes: Span<UInt8>, appendingTo plaintext: inout [UInt8]
    ) throws(EnvelopeError) -> Int {
        guard let message, has(SingleBlock.prefixByteCount, in: bytes) else { return 0 }
        let byteCount = try SingleBlock.byteCount(prefix: bytes, offset: offset)
        guard has(byteCount, in: bytes) else { return 0 }
        try plaintext.append(
            addingCapacity: byteCount - SingleBlock.overhead
        ) { output throws(EnvelopeError) in
            try SingleBlock.open(
                bytes.extracting(0..<byteCount), message, appendingTo: &output)
        }
        state = .finished
        return byteCount
    }

    private mutating func has(_ count: Int, in bytes: Span<UInt8>) -> Bool {
        wanted = count
        return bytes.count >= count
    }
}
