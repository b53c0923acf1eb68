import Envelope
import OKMS
import Testing

@Suite struct FrameSealerTests {
    @Test func `frames sealed out of order by many workers are the serial writer's`() async throws {
        for count in [0, 1, 15, 16, 17, 160, 167] {
            let plaintext = Sample.plaintext(count)
            let serial = try Sample.message(plaintext)
            let keys = try Sample.keys()
            let header = try MessageHeader(
                keys: keys, context: .empty, wrappedKeys: [Sample.wrappedKey()], frameByteCount: 16)
            let headerBytes = try header.serialized(with: keys)
            let layout = try FrameLayout(
                headerByteCount: headerBytes.count, frameByteCount: 16, plaintextByteCount: count)
            let workerCount = 3
            let frames = try await withThrowingTaskGroup(of: [(Int, [UInt8])].self) { group in
                for worker in 0..<workerCount {
                    group.addTask {
                        var sealer = try FrameSealer(keys: keys, frameByteCount: 16)
                        let own = (1...layout.frameCount).filter { $0 % workerCount == worker }
                        return try own.reversed().map { sequence in
                            let frame = layout.frame(UInt32(sequence))
                            let end = frame.plaintextOffset + frame.plaintextByteCount
                            let sealed = try [UInt8](capacity: frame.byteCount) { output in
                                try sealer.seal(
                                    plaintext.span.extracting(frame.plaintextOffset..<end),
                                    sequence: frame.sequence, isFinal: frame.isFinal,
                                    appendingTo: &output)
                            }
                            return (frame.offset, sealed)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            var message =
                headerBytes
                + [UInt8](repeating: 0, count: layout.messageByteCount - headerBytes.count)
            for (offset, frame) in frames {
                message.replaceSubrange(offset..<offset + frame.count, with: frame)
            }
            #expect(message == serial)
        }
    }

    @Test func `a frame does not depend on how its plaintext is cut`() throws {
        let plaintext = Sample.plaintext(16)
        let whole = try Sample.frame(plaintext, 5, isFinal: false)
        var sealer = try FrameSealer(keys: Sample.keys(), frameByteCount: 16)
        for first in 0...16 {
            for second in first...16 {
                let cut = try [UInt8](capacity: 48) { output in
                    try sealer.begin(
                        sequence: 5, isFinal: false, plaintextByteCount: 16, appendingTo: &output)
                    let cuts = [0..<first, first..<second, second..<16]
                    for range in cuts {
                        try sealer.append(
                            plaintext.span.extracting(range), appendingTo: &output)
                    }
                    try sealer.finish(appendingTo: &output)
                }
                #expect(cut == whole)
            }
        }
    }

    @Test func `frames are appended to what stands in the output`() throws {
        var sealer = try FrameSealer(keys: Sample.keys(), frameByteCount: 16)
        let (one, two) = (Sample.plaintext(16), Sample.plaintext(3))
        let body = try [UInt8](capacity: 1 + 48 + 43) { output in
            output.append(0xab)
            try sealer.seal(one.span, sequence: 1, isFinal: false, appendingTo: &output)
            try sealer.seal(two.span, sequence: 2, isFinal: true, appendingTo: &output)
        }
        #expect(
            try body == [0xab] + Sample.frame(one, 1, isFinal: false)
                + Sample.frame(two, 2, isFinal: true))
    }

    @Test func `a frame that was given up leaves no trace in the next`() throws {
        var sealer = try FrameSealer(keys: Sample.keys(), frameByteCount: 16)
        let plaintext = Sample.plaintext(16)
        _ = try [UInt8](capacity: 48) { output in
            try sealer.begin(
                sequence: 1, isFinal: false, plaintextByteCount: 16, appendingTo: &output)
            try sealer.append(plaintext.span.extracting(0..<7), appendingTo: &output)
        }
        let frame = try [UInt8](capacity: 48) { output in
            try sealer.seal(plaintext.span, sequence: 2, isFinal: false, appendingTo: &output)
        }
        #expect(try frame == Sample.frame(plaintext, 2, isFinal: false))
    }

    @Test func `the sequence number and the IV of a frame are the same`() throws {
        let frame = try Sample.frame(Sample.plaintext(16), 0x0102_0304, isFinal: false)
        #expect(frame.prefix(16) == [1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
        let final = try Sample.frame([], .max, isFinal: true)
        let ones = [UInt8](repeating: 255, count: 4)
        #expect(
            Array(final.prefix(24)) == ones + ones + .init(repeating: 0, count: 8) + ones + [
                0, 0, 0, 0,
            ])
        #expect(final.count == 40)
    }

    @Test func `breaking the rules of frames is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            _ = try Sample.frame(Sample.plaintext(16), 1, isFinal: true)
        }
        await #expect(processExitsWith: .failure) {
            _ = try Sample.frame(Sample.plaintext(15), 1, isFinal: false)
        }
        await #expect(processExitsWith: .failure) {
            _ = try Sample.frame(Sample.plaintext(16), 0, isFinal: false)
        }
        await #expect(processExitsWith: .failure) {
            _ = try Sample.frame(Sample.plaintext(16), .max, isFinal: false)
        }
        await #expect(processExitsWith: .failure) {
            var sealer = try FrameSealer(keys: Sample.keys(), frameByteCount: 16)
            _ = try [UInt8](capacity: 48) { output in
                try sealer.begin(
                    sequence: 1, isFinal: false, plaintextByteCount: 16, appendingTo: &output)
                try sealer.finish(appendingTo: &output)
            }
        }
        await #expect(processExitsWith: .failure) {
            var sealer = try FrameSealer(keys: Sample.keys(), frameByteCount: 16)
            _ = try [UInt8](capacity: 48) { output in
                try sealer.begin(
                    sequence: 1, isFinal: true, plaintextByteCount: 2, appendingTo: &output)
                try sealer.append([1, 2, 3].span, appendingTo: &output)
            }
        }
        await #expect(processExitsWith: .failure) {
            var sealer = try FrameSealer(keys: Sample.keys(), frameByteCount: 16)
            _ = try [UInt8](capacity: 41) { output in
                try sealer.seal([1, 2].span, sequence: 1, isFinal: true, appendingTo: &output)
            }
        }
        await #expect(processExitsWith: .failure) {
            _ = try FrameSealer(keys: Sample.keys(), frameByteCount: 0).frameByteCount
        }
    }
}
