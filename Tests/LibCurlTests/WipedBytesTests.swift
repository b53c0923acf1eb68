import Testing

@testable import LibCurl

@Suite struct WipedBytesTests {
    func contents(_ bytes: borrowing WipedBytes) -> [UInt8] {
        bytes.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    @Test func `pieces of any size are kept in order`() {
        var bytes = WipedBytes()
        var expected: [UInt8] = []
        let isEmpty = contents(bytes).isEmpty
        #expect(isEmpty)
        for size in [0, 1, 4095, 1, 10_000, 0, 3] {
            let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ size) }
            bytes.append(piece.span)
            expected += piece
        }
        let found = contents(bytes)
        #expect(found == expected)
        let count = bytes.count
        #expect(count == expected.count)
    }
}
