import Envelope
import OKMS
import Testing

/// `MessageWriter` and `MessageReader` against each other.
@Suite struct MessageStreamTests {
    @Test(arguments: [1, 2, 16, 1000], [1, 3, 17, 100_000])
    func `every length comes back, whatever the pieces`(frame: Int, step: Int) throws {
        for count in [0, 1, frame - 1, frame, frame + 1, 3 * frame, 3 * frame + 1] {
            let plaintext = Sample.plaintext(count)
            var writer = try MessageWriter(
                dataKey: Sample.secret(), wrappedKeys: [Sample.wrappedKey()], context: .empty,
                messageID: Sample.messageID, frameByteCount: frame)
            var message: [UInt8] = []
            for start in stride(from: 0, to: count, by: step) {
                let end = min(start + step, count)
                try writer.write(plaintext.span.extracting(start..<end), appendingTo: &message)
            }
            try writer.finish(appendingTo: &message)
            #expect(try message == Sample.message(plaintext, frame: frame))
            #expect(try Sample.open(message, step: step) == plaintext)
        }
    }

    @Test func `frames of a mebibyte are the default`() throws {
        let plaintext = Sample.plaintext(1 << 20)
        var writer = try MessageWriter(
            dataKey: Sample.secret(), wrappedKeys: [Sample.wrappedKey()], context: .empty,
            messageID: Sample.messageID)
        var message: [UInt8] = []
        try writer.write(plaintext.span, appendingTo: &message)
        try writer.finish(appendingTo: &message)
        #expect(writer.header.content == .frames(of: 1 << 20))
        #expect(message.count == (try Sample.header(message).byteCount) + (1 << 20) + 32 + 40)
        #expect(try Sample.open(message) == plaintext)
    }

    @Test func `the final frame is always shorter than a full one`() throws {
        for count in [0, 16, 32] {
            let message = try Sample.message(Sample.plaintext(count))
            let final = try Sample.frame([], UInt32(count / 16 + 1), isFinal: true)
            #expect(message.suffix(40) == final[...])
        }
    }

    @Test func `a writer hands out every frame as soon as it is full`() throws {
        var writer = try MessageWriter(
            dataKey: Sample.secret(), wrappedKeys: [Sample.wrappedKey()], context: .empty,
            messageID: Sample.messageID, frameByteCount: 16)
        var message: [UInt8] = []
        try writer.write([UInt8]().span, appendingTo: &message)
        let header = message.count
        #expect(try Sample.header(message).byteCount == header)
        try writer.write(Sample.plaintext(15).span, appendingTo: &message)
        #expect(message.count == header)
        try writer.write([1].span, appendingTo: &message)
        #expect(message.count == header + 48)
    }

    @Test func `a reader releases every frame as soon as its tag is there`() throws {
        let message = try Sample.message(Sample.plaintext(40))
        let header = try Sample.header(message).byteCount
        var reader = MessageReader(dataKey: Sample.secret())
        var plaintext: [UInt8] = []
        try reader.read(message.span.extracting(0..<header - 1), appendingTo: &plaintext)
        #expect(reader.header == nil)
        try reader.read(message.span.extracting(header - 1..<header + 47), appendingTo: &plaintext)
        #expect(plaintext.isEmpty)
        #expect(reader.header?.messageID == Sample.messageID)
        try reader.read(message.span.extracting(header + 47..<header + 48), appendingTo: &plaintext)
        #expect(plaintext == Sample.plaintext(16))
    }

    @Test(arguments: [1, 7, Int.max])
    func `full final frames of other writers are read`(step: Int) throws {
        let message = try Sample.message([])
        let header = message.dropLast(40)
        let full = Sample.plaintext(16)
        let one = try header + Sample.frame(full, 1, isFinal: true, frame: 17)
        #expect(try Sample.open(Array(one), step: step) == full)
        let two =
            try header + Sample.frame(full, 1, isFinal: false)
            + Sample.frame(full, 2, isFinal: true, frame: 17)
        #expect(try Sample.open(Array(two), step: step) == full + full)
        let long = try header + Sample.frame(full + [1], 1, isFinal: true, frame: 18)
        #expect(
            Sample.refusal(of: Array(long), step: step)
                == .malformedFrame(1, .contentLength, offset: header.count + 20))
    }

    @Test func `a failed reader throws the same for ever`() throws {
        var message = try Sample.message(Sample.plaintext(40))
        message[message.count - 1] ^= 1
        var reader = MessageReader(dataKey: Sample.secret())
        var plaintext: [UInt8] = []
        let error = EnvelopeError.authenticationFailed(.frame(3))
        #expect(throws: error) { try reader.read(message.span, appendingTo: &plaintext) }
        #expect(plaintext == Sample.plaintext(32))
        #expect(throws: error) { try reader.read(message.span, appendingTo: &plaintext) }
        #expect(throws: error) { try reader.finish() }
        #expect(plaintext.count == 32)
    }

    @Test func `writing after the end is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var writer = try MessageWriter(
                dataKey: Sample.secret(), wrappedKeys: [Sample.wrappedKey()], context: .empty,
                messageID: Sample.messageID)
            var message: [UInt8] = []
            try writer.finish(appendingTo: &message)
            try writer.write([1].span, appendingTo: &message)
        }
        await #expect(processExitsWith: .failure) {
            var writer = try MessageWriter(
                dataKey: Sample.secret(), wrappedKeys: [Sample.wrappedKey()], context: .empty,
                messageID: Sample.messageID)
            var message: [UInt8] = []
            try writer.finish(appendingTo: &message)
            try writer.finish(appendingTo: &message)
        }
    }
}
