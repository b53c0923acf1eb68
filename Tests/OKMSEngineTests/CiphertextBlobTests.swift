import FoundationEssentials
import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

@Suite struct CiphertextBlobTests {
    /// The known answer of docs/formats/ciphertext-blob.md.
    private let answer: [UInt8]
    private let key: KeyID
    private let account: AccountID
    private let context: EncryptionContext

    init() throws {
        answer = try Array(
            #require(
                Data(
                    base64Encoded: "T0tNARI0q80SqzTNVu8SNFZ4kKsAAAABDAABAgMEBQYHCAkKC4jKMVEE+In+"
                        + "ynFY7vEO0ANEfbqJq4iZ4dfS/hCRKBFwnLrU17gNlhThRmF8xFfH1Q==")))
        key = try #require(KeyID("1234abcd-12ab-34cd-56ef-1234567890ab"))
        account = try #require(AccountID("123456789012"))
        context = try EncryptionContext([
            ("\u{e9}", "1"), ("e\u{301}", "2"), ("dataset", "orders"),
        ])
    }

    @Test func `the known answer is written`() throws {
        let header = CiphertextBlob.Header(key: key, version: 1, ivByteCount: 12)
        let sealed = try SealedBytes(
            sealing: secret(0...31), under: secret([UInt8](repeating: 0, count: 32)),
            iv: Array(0...11),
            additionalData: header.additionalData(account: account, context: context).span)
        #expect(CiphertextBlob(header: header, sealed: sealed).bytes == answer)
    }

    @Test func `the known answer is read`() throws {
        let blob = try CiphertextBlob(answer)
        #expect(blob.header == .init(key: key, version: 1, ivByteCount: 12))
        #expect(blob.bytes == answer)
        let hsm = try SoftwareHSM(rootKey: .random(count: 32), name: "test")
        let material = try hsm.seal(
            secret([UInt8](repeating: 0, count: 32)), key: key, version: 1)
        let opened = try hsm.decrypt(
            blob.sealed, with: material,
            additionalData: blob.header.additionalData(account: account, context: context).span)
        #expect(bytes(opened) == Array(0...31))
    }

    @Test func `a blob with a longer IV is read and written`() throws {
        let header = CiphertextBlob.Header(key: key, version: 0x0102_0304, ivByteCount: 16)
        let blob = CiphertextBlob(
            header: header,
            sealed: SealedBytes(
                iv: Array(0...15), ciphertext: [7], tag: [UInt8](repeating: 9, count: 16)))
        #expect(try CiphertextBlob(blob.bytes) == blob)
        #expect(blob.bytes[20..<25] == [1, 2, 3, 4, 16])
    }

    @Test func `no prefix without room for a ciphertext is a blob`() {
        for count in 0...(25 + 12 + 16) {
            #expect(throws: CiphertextBlob.Invalid.malformed) {
                try CiphertextBlob(Array(answer.prefix(count)))
            }
        }
    }

    @Test(arguments: [0: 0x00, 3: 0x02, 23: 0x00, 24: 0x00, 20: 0xff])
    func `an unknown format, version 0 and an odd IV length are refused`(
        offset: Int, byte: Int
    ) throws {
        var bytes = answer
        bytes[offset] = UInt8(byte)
        if offset == 20 {
            #expect(try CiphertextBlob(bytes).header.version == 0xff00_0001)
        } else {
            #expect(throws: CiphertextBlob.Invalid.malformed) { try CiphertextBlob(bytes) }
        }
    }

    @Test func `a ciphertext of more than 4096 bytes is refused`() throws {
        let overhead = 25 + 12 + 16
        let zeroes = [UInt8](repeating: 0, count: 5000)
        _ = try CiphertextBlob(Array((answer.prefix(25) + zeroes).prefix(overhead + 4096)))
        #expect(throws: CiphertextBlob.Invalid.malformed) {
            try CiphertextBlob(Array((answer.prefix(25) + zeroes).prefix(overhead + 4097)))
        }
    }

    @Test(arguments: [[0x01, 0x80, 0x03], [0x02, 0x04, 0x78], [0x02, 0x05, 0x78]] as [[UInt8]])
    func `an Encryption SDK message is recognised`(start: [UInt8]) {
        #expect(throws: CiphertextBlob.Invalid.encryptionSDKMessage) {
            try CiphertextBlob(start + [UInt8](repeating: 0, count: 100))
        }
    }

    @Test func `random bytes never read out of range, and what is read is written again`() throws {
        var generator = SplitMix64(state: 7)
        var read = 0
        for _ in 0..<20_000 {
            var bytes = Array(answer.prefix(Int.random(in: 0...85, using: &generator)))
            for _ in 0..<Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
                let offset = Int.random(in: bytes.indices, using: &generator)
                bytes[offset] = UInt8.random(in: .min ... .max, using: &generator)
            }
            guard let blob = try? CiphertextBlob(bytes) else { continue }
            #expect(blob.bytes == bytes)
            read += 1
        }
        #expect(read > 1000)
    }
}

/// A generator that gives the same numbers on every run.
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
