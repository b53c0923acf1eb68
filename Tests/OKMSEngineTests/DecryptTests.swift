import LibCrypto
import OKMS
import OKMSConformance
import Testing

@testable import OKMSEngine

/// What Decrypt answers to anything but the ciphertext it made.
@Suite struct DecryptTests {
    private func withBlob(_ body: (AccountService, [UInt8]) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let engine = try OKMSEngine(store: directory).service()
            let wrapped = try engine.encrypt(
                secret(0...31), under: .accountDefault, context: .empty)
            try body(engine, wrapped.ciphertext)
        }
    }

    @Test func `every single bit counts`() throws {
        try withBlob { engine, blob in
            for bit in 0..<(blob.count * 8) {
                var bytes = blob
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                let isKeyID = 4..<20 ~= bit / 8
                expect(isKeyID ? .accessDenied : .invalidCiphertext) {
                    try engine.decrypt(bytes, under: nil, context: .empty)
                }
            }
        }
    }

    @Test func `every prefix and every longer blob is refused`() throws {
        try withBlob { engine, blob in
            expect(.validation) { try engine.decrypt([], under: nil, context: .empty) }
            for count in 1..<blob.count {
                expect(.invalidCiphertext) {
                    try engine.decrypt(Array(blob.prefix(count)), under: nil, context: .empty)
                }
            }
            expect(.invalidCiphertext) {
                try engine.decrypt(blob + [0], under: nil, context: .empty)
            }
            expect(.validation) {
                try engine.decrypt(
                    blob + [UInt8](repeating: 0, count: 6145), under: nil, context: .empty)
            }
        }
    }

    @Test func `damage and a wrong context are told in the same words`() throws {
        try withBlob { engine, blob in
            let words = KeyServiceError(
                .invalidCiphertext, "wrong key, encryption context, or damaged ciphertext")
            #expect(throws: words) {
                _ = try engine.decrypt(
                    blob.dropLast() + [blob[84] ^ 1], under: nil, context: .empty)
            }
            #expect(throws: words) {
                _ = try engine.decrypt(blob, under: nil, context: EncryptionContext([("a", "b")]))
            }
            #expect(throws: words) { _ = try engine.decrypt([1, 2], under: nil, context: .empty) }
        }
    }

    @Test func `a message of the Encryption SDK is called by its name`() throws {
        try withBlob { engine, _ in
            let message = [0x02, 0x05, 0x78] + [UInt8](repeating: 1, count: 10_000)
            let error = #expect(throws: KeyServiceError.self) {
                _ = try engine.decrypt(message, under: nil, context: .empty)
            }
            #expect(error?.code == .invalidCiphertext)
            #expect(error?.message.contains("AWS Encryption SDK") == true)
        }
    }

    @Test func `a blob of another store tells nothing but the neutral sentence`() throws {
        try withBlob { _, blob in
            try withTemporaryDirectory { directory in
                let other = try OKMSEngine(store: directory).service()
                let neutral = KeyServiceError(
                    .accessDenied,
                    "The ciphertext refers to a customer master key that does not exist, does not "
                        + "exist in this region, or you are not allowed to access.")
                #expect(throws: neutral) {
                    _ = try other.decrypt(blob, under: nil, context: .empty)
                }
                expect(.incorrectKey) {
                    try other.decrypt(blob, under: .accountDefault, context: .empty)
                }
            }
        }
    }

    @Test func `an account cannot open another account's blob under the same key`() throws {
        try withBlob { engine, blob in
            let stranger = try #require(AccountID("000000000000"))
            let parsed = try CiphertextBlob(blob)
            let key = try #require(
                try engine.store.read {
                    try StoredKey.fetch(
                        $0,
                        StoredKey.Lookup(
                            account: engine.account, name: .accountDefault, version: nil))
                })
            let material = try #require(key.material)
            let data = parsed.header.additionalData(account: stranger, context: .empty)
            #expect(throws: HSMError.cannotDecrypt) {
                _ = try engine.hsm.decrypt(
                    parsed.sealed, with: material, additionalData: data.span)
            }
        }
    }
}
