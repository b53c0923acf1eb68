import Envelope
import Testing

@Suite struct FrameLayoutTests {
    private func layout(_ plaintext: Int, frame: Int = 16, header: Int = 300) throws -> FrameLayout
    {
        try FrameLayout(
            headerByteCount: header, frameByteCount: frame, plaintextByteCount: plaintext)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 32, 160, 161])
    func `the layout of a message is that of its bytes`(count: Int) throws {
        let message = try Sample.message(Sample.plaintext(count))
        let header = try Sample.header(message).byteCount
        let layout = try layout(count, header: header)
        #expect(layout.messageByteCount == message.count)
        #expect(layout.messageByteCount == header + count + 32 * (count / 16) + 40)
        var end = header
        var plaintextEnd = 0
        for sequence in 1...UInt32(layout.frameCount) {
            let frame = layout.frame(sequence)
            #expect(frame.offset == end && frame.plaintextOffset == plaintextEnd)
            end += frame.byteCount
            plaintextEnd += frame.plaintextByteCount
            let mark: [UInt8] = frame.isFinal ? [255, 255, 255, 255, 0, 0, 0] : [0, 0, 0]
            #expect(message[frame.offset...].starts(with: mark + [UInt8(sequence)]))
        }
        #expect(end == message.count && plaintextEnd == count)
    }

    @Test(arguments: [1, 2, 16, 100])
    func `a message length says the plaintext length, or is no message's`(frame: Int) throws {
        var lengths: Set<Int> = []
        for count in 0...300 {
            let length = try layout(count, frame: frame).messageByteCount
            #expect(lengths.insert(length).inserted)
            let back = try FrameLayout(
                headerByteCount: 300, frameByteCount: frame, messageByteCount: length)
            #expect(back.plaintextByteCount == count)
        }
        for length in 340..<600 where !lengths.contains(length) {
            #expect(throws: EnvelopeError.malformed(.messageLength, offset: length)) {
                try FrameLayout(
                    headerByteCount: 300, frameByteCount: frame, messageByteCount: length)
            }
        }
    }

    @Test func `a message shorter than its final frame is truncated`() {
        #expect(throws: EnvelopeError.truncated(needed: 5, offset: 335)) {
            try FrameLayout(headerByteCount: 300, frameByteCount: 16, messageByteCount: 335)
        }
    }

    @Test func `the frames that hold a range of plaintext are found`() throws {
        let layout = try layout(40)
        #expect(layout.frames(holding: 0..<1) == 1..<2)
        #expect(layout.frames(holding: 15..<17) == 1..<3)
        #expect(layout.frames(holding: 16..<32) == 2..<3)
        #expect(layout.frames(holding: 0..<40) == 1..<4)
        #expect(layout.frames(holding: 39..<40) == 3..<4)
        #expect(layout.frames(holding: 20..<20).isEmpty)
        #expect(try self.layout(32).frames(holding: 32..<32).isEmpty)
    }

    @Test func `no message has more than 2^32-1 frames`() throws {
        let most = Int(UInt32.max) * 16 - 1
        #expect(try layout(most).frameCount == Int(UInt32.max))
        #expect(try layout(most).frame(.max).isFinal)
        let error = EnvelopeError.overLimit(
            .contentLength, most + 1, limit: most, offset: 300)
        #expect(throws: error) { try layout(most + 1) }
    }

    @Test func `a frame that is not there is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let layout = try FrameLayout(
                headerByteCount: 0, frameByteCount: 16, plaintextByteCount: 16)
            _ = layout.frame(3)
        }
        await #expect(processExitsWith: .failure) {
            let layout = try FrameLayout(
                headerByteCount: 0, frameByteCount: 16, plaintextByteCount: 16)
            _ = layout.frame(0)
        }
    }
}
