import Pipeline
import Testing

@Suite struct BufferTests {
    @Test func `bytes are appended and lent`() throws {
        let buffer = try Buffer(capacity: 8)
        #expect(buffer.count == 0)
        buffer.append([1, 2, 3].span)
        buffer.append([UInt8]().span)
        let result = buffer.append { output in
            output.append(4)
            output.append(5)
            return "done"
        }
        #expect(result == "done")
        #expect(bytes(of: buffer) == [1, 2, 3, 4, 5])
        #expect(bytes(of: buffer, 1..<3) == [2, 3])
        #expect(bytes(of: buffer, 5..<5) == [])
    }

    @Test func `bytes are written in place`() throws {
        let buffer = try Buffer(capacity: 8)
        buffer.withMutableBytes(2..<5) { bytes in
            for index in bytes.indices { bytes[index] = UInt8(10 + index) }
        }
        #expect(buffer.count == 0)
        buffer.count = 5
        #expect(bytes(of: buffer, 2..<5) == [10, 11, 12])
    }

    @Test func `a buffer can be filled to its last byte and no further`() throws {
        let buffer = try Buffer(capacity: 4097)
        buffer.append { output in
            #expect(output.freeCapacity == 4097)
            while output.freeCapacity > 0 { output.append(9) }
        }
        #expect(buffer.count == 4097)
        buffer.append { #expect($0.freeCapacity == 0) }
        #expect(buffer.count == 4097)
    }

    @Test func `what an append that throws had written does not count`() throws {
        let buffer = try Buffer(capacity: 8)
        #expect(throws: Oops()) {
            try buffer.append { output throws(Oops) in
                output.append(1)
                throw Oops()
            }
        }
        #expect(buffer.count == 0)
        buffer.append([2].span)
        #expect(bytes(of: buffer) == [2])
    }

    @Test func `lending more than there is is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let buffer = try Buffer(capacity: 8)
            buffer.append([1].span)
            buffer.withBytes(0..<2) { _ in }
        }
    }

    @Test func `lending from before the first byte is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            try Buffer(capacity: 8).withMutableBytes(-1..<2) { _ in }
        }
    }

    @Test func `writing beyond the capacity is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            try Buffer(capacity: 8).withMutableBytes(0..<9) { _ in }
        }
    }

    @Test func `appending more than fits is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            try Buffer(capacity: 2).append([1, 2, 3].span)
        }
    }

    @Test func `claiming to hold more than there is room for is a programming error`() async {
        await #expect(processExitsWith: .failure) { try Buffer(capacity: 2).count = 3 }
        await #expect(processExitsWith: .failure) { try Buffer(capacity: 2).count = -1 }
    }

    @Test func `a buffer without room is a programming error`() async {
        await #expect(processExitsWith: .failure) { _ = try Buffer(capacity: 0) }
    }

    private func bytes(of buffer: Buffer, _ range: Range<Int>? = nil) -> [UInt8] {
        buffer.withBytes(range) { bytes in bytes.indices.map { bytes[$0] } }
    }
}
