import Envelope
import Testing

@Suite struct FrameOpenerTests {
    private static let plaintext = Sample.plaintext(40)

    private static func verified() throws -> VerifiedMessage {
        try Sample.header(Sample.message(plaintext)).verified(dataKey: Sample.secret())
    }

    /// Opens one frame into an output that already holds a byte and has room for a full frame.
    private func open(
        _ frame: [UInt8], _ sequence: UInt32, isFinal: Bool
    ) throws -> [UInt8] {
        var opener = try FrameOpener(Self.verified())
        return try [UInt8](capacity: 17) { output in
            output.append(0xab)
            try opener.open(
                frame.span, sequence: sequence, isFinal: isFinal, appendingTo: &output)
        }
    }

    private func offset(_ sequence: Int) throws -> Int {
        try Self.verified().headerByteCount + (sequence - 1) * 48
    }

    @Test func `frames fetched by the layout open in any order`() throws {
        let message = try Sample.message(Self.plaintext)
        let verified = try Self.verified()
        let layout = try FrameLayout(
            headerByteCount: verified.headerByteCount, frameByteCount: 16,
            messageByteCount: message.count)
        var opener = try FrameOpener(verified)
        for sequence in [3, 1, 2, 1] as [UInt32] {
            let frame = layout.frame(sequence)
            let opened = try [UInt8](capacity: frame.plaintextByteCount) { output in
                try opener.open(
                    message.span.extracting(frame.offset..<frame.offset + frame.byteCount),
                    sequence: sequence, isFinal: frame.isFinal, appendingTo: &output)
            }
            #expect(opened[...] == Self.plaintext[frame.plaintextOffset...].prefix(opened.count))
            #expect(opened.count == frame.plaintextByteCount)
        }
    }

    @Test func `plaintext is appended to what stands in the output`() throws {
        let frame = try Sample.frame([1, 2, 3], 9, isFinal: true)
        #expect(try open(frame, 9, isFinal: true) == [0xab, 1, 2, 3])
    }

    @Test func `a full final frame of another writer opens`() throws {
        // Sealed as if frames had 17 bytes: the header alone knows the frame length.
        let frame = try Sample.frame(Self.plaintext.dropLast(24), 1, isFinal: true, frame: 17)
        #expect(try open(frame, 1, isFinal: true) == [0xab] + Self.plaintext.dropLast(24))
        let longer = try Sample.frame(Self.plaintext.dropLast(23), 1, isFinal: true, frame: 18)
        #expect(
            throws: EnvelopeError.malformedFrame(1, .contentLength, offset: try offset(1) + 20)
        ) { try open(longer, 1, isFinal: true) }
    }

    @Test func `a frame in another's place is refused`() throws {
        let two = try Sample.frame(Sample.plaintext(16), 2, isFinal: false)
        #expect(throws: EnvelopeError.malformedFrame(3, .sequenceNumber, offset: try offset(3))) {
            try open(two, 3, isFinal: false)
        }
        // Made to look as if it belonged there, it fails its tag.
        var three = two
        three[3] = 3
        #expect(throws: EnvelopeError.malformedFrame(3, .iv, offset: try offset(3) + 4)) {
            try open(three, 3, isFinal: false)
        }
        three[15] = 3
        #expect(throws: EnvelopeError.authenticationFailed(.frame(3))) {
            try open(three, 3, isFinal: false)
        }
    }

    @Test func `a regular frame is not taken for the final one, nor the other way`() throws {
        let regular = try Sample.frame(Sample.plaintext(16), 2, isFinal: false)
        #expect(throws: EnvelopeError.malformedFrame(2, .frameMarker, offset: try offset(2))) {
            try open(regular, 2, isFinal: true)
        }
        let final = try Sample.frame(Sample.plaintext(8), 2, isFinal: true)
        #expect(throws: EnvelopeError.malformedFrame(2, .sequenceNumber, offset: try offset(2))) {
            try open(final, 2, isFinal: false)
        }
        // The text and tag of a final frame in the dress of a regular one.
        let full = try Sample.frame(Sample.plaintext(16), 2, isFinal: true, frame: 17)
        #expect(throws: EnvelopeError.authenticationFailed(.frame(2))) {
            try open(Array(full[4..<20] + full[24...]), 2, isFinal: false)
        }
    }

    @Test func `a frame of another message with the same data key is refused`() throws {
        let frame = try Sample.frame(Sample.plaintext(16), 1, isFinal: false, id: Sample.id(8))
        #expect(throws: EnvelopeError.authenticationFailed(.frame(1))) {
            try open(frame, 1, isFinal: false)
        }
    }

    @Test func `a frame has its exact length`() throws {
        let final = try Sample.frame([1, 2, 3], 2, isFinal: true)
        let start = try offset(2)
        #expect(throws: EnvelopeError.trailingBytes(offset: start + 43)) {
            try open(final + [0], 2, isFinal: true)
        }
        #expect(throws: EnvelopeError.truncated(needed: 1, offset: start + 42)) {
            try open(final.dropLast(), 2, isFinal: true)
        }
        #expect(throws: EnvelopeError.truncated(needed: 38, offset: start + 2)) {
            try open(Array(final[..<2]), 2, isFinal: true)
        }
        let regular = try Sample.frame(Sample.plaintext(16), 2, isFinal: false)
        #expect(throws: EnvelopeError.truncated(needed: 48, offset: start)) {
            try open([], 2, isFinal: false)
        }
        #expect(throws: EnvelopeError.trailingBytes(offset: start + 48)) {
            try open(regular + [0], 2, isFinal: false)
        }
    }

    @Test(arguments: [true, false])
    func `any flipped bit is refused and nothing is released`(isFinal: Bool) throws {
        let text = Sample.plaintext(isFinal ? 15 : 16)
        let frame = try Sample.frame(text, 2, isFinal: isFinal)
        var opener = try FrameOpener(Self.verified())
        for place in frame.indices {
            for bit in 0..<8 {
                var flipped = frame
                flipped[place] ^= 1 << bit
                var failed = false
                var left: [UInt8] = []
                left.append(addingCapacity: 17) { output in
                    output.append(0xab)
                    do throws(EnvelopeError) {
                        try opener.open(
                            flipped.span, sequence: 2, isFinal: isFinal, appendingTo: &output)
                    } catch {
                        failed = true
                    }
                }
                #expect(failed && left == [0xab])
            }
        }
        let opened = try [UInt8](capacity: 16) { output in
            try opener.open(frame.span, sequence: 2, isFinal: isFinal, appendingTo: &output)
        }
        #expect(opened == text)
    }

    @Test func `what was written before a failure is zeroed`() throws {
        var frame = try Sample.frame(Sample.plaintext(16), 1, isFinal: false)
        frame[frame.count - 1] ^= 1
        var opener = try FrameOpener(Self.verified())
        var memory = [UInt8](repeating: 0xee, count: 16)
        unsafe memory.withUnsafeMutableBufferPointer { buffer in
            var output = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
            #expect(throws: EnvelopeError.authenticationFailed(.frame(1))) {
                try opener.open(frame.span, sequence: 1, isFinal: false, appendingTo: &output)
            }
            let count = unsafe output.finalize(for: buffer)
            #expect(count == 0)
        }
        #expect(memory == [UInt8](repeating: 0, count: 16))
    }
}
