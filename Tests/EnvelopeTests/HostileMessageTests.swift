import Envelope
import Foundation
import Testing

/// Messages that were cut, changed, joined or shuffled: none of them may open.
@Suite struct HostileMessageTests {
    private static let plaintext = Sample.plaintext(40)

    private static func message() throws -> [UInt8] {
        try Sample.message(plaintext, context: Sample.context(("k", "v")))
    }

    /// The header and the frames of a message in frames of 16.
    private static func parts(_ message: [UInt8]) throws -> [[UInt8]] {
        let header = try Sample.header(message).byteCount
        let layout = try FrameLayout(
            headerByteCount: header, frameByteCount: 16, messageByteCount: message.count)
        return [Array(message[..<header])]
            + (1...UInt32(layout.frameCount)).map {
                let frame = layout.frame($0)
                return Array(message[frame.offset..<frame.offset + frame.byteCount])
            }
    }

    @Test(arguments: [1, Int.max])
    func `every prefix is truncated`(step: Int) throws {
        let message = try Self.message()
        for count in message.indices {
            guard
                case .truncated(let needed, let offset)? = Sample.refusal(
                    of: Array(message[..<count]), step: step)
            else {
                Issue.record("a prefix of \(count) bytes is not truncated")
                continue
            }
            #expect(offset == count && needed > 0 && count + needed <= message.count)
        }
    }

    @Test func `every flipped bit is refused`() throws {
        let message = try Self.message()
        for place in message.indices {
            for bit in 0..<8 {
                var flipped = message
                flipped[place] ^= 1 << bit
                #expect(Sample.refusal(of: flipped) != nil, "bit \(bit) of byte \(place)")
            }
        }
    }

    @Test func `bytes after the message are refused, a whole second message too`() throws {
        let message = try Self.message()
        let error = EnvelopeError.trailingBytes(offset: message.count)
        for extra in [[0], message, Array(message.suffix(40))] {
            #expect(Sample.refusal(of: message + extra) == error)
            #expect(Sample.refusal(of: message + extra, step: 1) == error)
            #expect(Sample.refusal(of: message + extra, step: message.count) == error)
        }
    }

    @Test func `swapped, repeated and missing frames are refused`() throws {
        let parts = try Self.parts(Self.message())
        let header = parts[0].count
        func refusal(_ order: [Int]) -> EnvelopeError? {
            Sample.refusal(of: order.flatMap { parts[$0] })
        }
        #expect(refusal([0, 1, 2, 3]) == nil)
        let first = EnvelopeError.malformedFrame(1, .sequenceNumber, offset: header)
        let second = EnvelopeError.malformedFrame(2, .sequenceNumber, offset: header + 48)
        #expect(refusal([0, 2, 1, 3]) == first)
        #expect(refusal([0, 2, 3]) == first)
        #expect(refusal([0, 1, 1, 2, 3]) == second)
        #expect(
            refusal([0, 1, 3]) == .malformedFrame(2, .sequenceNumber, offset: header + 48 + 4))
        #expect(refusal([0, 3]) == .malformedFrame(1, .sequenceNumber, offset: header + 4))
    }

    @Test func `a message cannot be ended early by its own writer's short frame`() throws {
        // A second message of the same data key, whose final frame has the number that is missing.
        let parts = try Self.parts(Self.message())
        let other = try Self.parts(Sample.message(Sample.plaintext(20), id: Sample.id(9)))
        #expect(
            Sample.refusal(of: parts[0] + parts[1] + other[2]) == .authenticationFailed(.frame(2)))
    }

    @Test func `frames under a foreign header are refused`() throws {
        let parts = try Self.parts(Self.message())
        let other = try Self.parts(
            Sample.message(Self.plaintext, context: Sample.context(("k", "v")), id: Sample.id(9)))
        #expect(
            Sample.refusal(of: other[0] + parts[1...].flatMap { $0 })
                == .authenticationFailed(.frame(1)))
        // The same message id but another frame length: the frames' own lengths give it away.
        let header = try Sample.message([], frame: 17, context: Sample.context(("k", "v")))
            .dropLast(40)
        #expect(Sample.refusal(of: header + parts[1...].flatMap { $0 }) != nil)
    }

    @Test func `a substituted data key is refused`() throws {
        #expect(throws: EnvelopeError.commitmentMismatch) {
            try Sample.open(Self.message(), dataKey: [UInt8](1...32))
        }
    }

    @Test func `a single block is as long as it says, and not too long`() throws {
        var header = try Sample.message([]).dropLast(40).dropLast(16) as ArraySlice
        header.replaceSubrange(header.count - 37..<header.count - 32, with: [1, 0, 0, 0, 0])
        let tagged = try Self.tagged(Array(header))
        let limit = 64 << 20
        let offset = tagged.count + 12
        let iv = [UInt8](repeating: 0, count: 12)
        for (length, told) in [
            ([0, 0, 0, 0, 4, 0, 0, 1], limit + 1), ([0, 0, 0, 1, 0, 0, 0, 0], 1 << 32),
            ([UInt8](repeating: 255, count: 8), Int.max),
        ] {
            #expect(
                Sample.refusal(of: tagged + iv + length)
                    == .overLimit(.contentLength, told, limit: limit, offset: offset))
        }
        #expect(
            Sample.refusal(of: tagged + iv + [0, 0, 0, 0, 0, 0, 0, 2])
                == .truncated(needed: 18, offset: offset + 8))
        #expect(
            Sample.refusal(of: tagged + iv + .init(repeating: 0, count: 8 + 16))
                == .authenticationFailed(.frame(1)))
    }

    /// A header body with the tag of its keys, as only the holder of the data key can make it.
    private static func tagged(_ body: [UInt8]) throws -> [UInt8] {
        let claims = try Sample.header(body + [UInt8](repeating: 0, count: 16)).claims
        return try claims.serialized(with: Sample.keys())
    }

    /// Random edits; `FUZZ_SECONDS` lengthens the loop. What opens must be the message itself.
    @Test func `randomly damaged messages never open`() throws {
        let message = try Self.message()
        var random = SplitMix64(state: 0x5ea1)
        let seconds = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap(Double.init)
        let end = seconds.map { ContinuousClock.now + .seconds($0) }
        var round = 0
        while end.map({ ContinuousClock.now < $0 }) ?? (round < 3000) {
            round += 1
            var damaged = message
            for _ in 0..<Int.random(in: 1...3, using: &random) { damage(&damaged, &random) }
            guard damaged != message else { continue }
            let step = Int.random(in: 1...damaged.count + 1, using: &random)
            #expect(Sample.refusal(of: damaged, step: step) != nil, "round \(round)")
        }
        #expect(round > 0)
    }

    private func damage(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        guard !bytes.isEmpty else { return bytes = [2] }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 1...60, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = [0, 1, 127, 128, 255].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 4: bytes.removeSubrange(place...)
        default:
            let other = Int.random(in: 0..<bytes.count, using: &random)
            bytes.swapAt(place, other)
        }
    }
}

/// A small generator with a seed, so that a failing round can be run again.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
