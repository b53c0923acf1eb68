import LibCrypto
import Testing

@Suite struct SecretBytesTests {
    private struct Refused: Error, Equatable {}

    private func read(_ secret: borrowing SecretBytes) -> [UInt8] {
        secret.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    @Test(arguments: [1, 32, 4096, 4097, 100_000])
    func `bytes are filled in place and read back`(count: Int) {
        let secret = SecretBytes(count: count) { span in
            for i in span.indices { span[i] = UInt8(truncatingIfNeeded: i) }
        }
        #expect(secret.count == count)
        #expect(read(secret) == (0..<count).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test func `bytes that are not filled are zero`() {
        let secret = SecretBytes(count: 64) { _ in }
        #expect(read(secret) == [UInt8](repeating: 0, count: 64))
    }

    @Test func `memory that is used again is zero`() {
        for count in [1, 100, 4096, 5000, 3, 4096] {
            for _ in 0..<300 {
                let secret = SecretBytes(count: count) { span in
                    for i in span.indices { span[i] = 0xff }
                }
                #expect(secret.count == count)
            }
            let fresh = SecretBytes(count: 4096) { _ in }
            #expect(read(fresh) == [UInt8](repeating: 0, count: 4096))
        }
    }

    @Test func `an error while filling is passed on`() {
        #expect(throws: Refused()) {
            let secret = try SecretBytes(count: 8) { span throws(Refused) in
                span[0] = 1
                throw Refused()
            }
            _ = secret.count
        }
    }

    @Test func `an error while reading is passed on`() {
        let secret = SecretBytes(count: 8) { _ in }
        #expect(throws: Refused()) {
            try secret.withBytes { _ throws(Refused) in throw Refused() }
        }
    }

    @Test func `random secrets differ`() throws {
        let one = try SecretBytes.random(count: 32)
        let other = try SecretBytes.random(count: 32)
        #expect(read(one) != read(other))
        #expect(one.count == 32)
    }

    @Test func `a duplicate holds the same bytes on its own pages`() throws {
        let secret = try SecretBytes.random(count: 33)
        let before = read(secret)
        let copy = secret.duplicate()
        #expect(read(copy) == before)
        let isApart = secret.withBytes { one in
            copy.withBytes { other in
                unsafe one.withUnsafeBufferPointer { one in
                    unsafe other.withUnsafeBufferPointer { other in
                        unsafe one.baseAddress != other.baseAddress
                    }
                }
            }
        }
        #expect(isApart)
    }

    @Test func `a secret of no bytes is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            let secret = SecretBytes(count: 0) { _ in }
            _ = secret.count
        }
    }
}
