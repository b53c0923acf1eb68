import LibCrypto
import Testing

@Suite struct HKDFSHA512Tests {
    struct Case: Decodable, Sendable {
        let tcId: Int
        let ikm, salt, info, okm: WycheproofVectors.Hex
        let size: Int
        let result: String
    }

    private func derive(
        _ input: [UInt8], salt: [UInt8], info: [UInt8], count: Int
    ) throws(CryptoError) -> [UInt8] {
        let key = try HKDFSHA512.extract(
            salt: salt.span, from: WycheproofVectors.secret(input))
        let output = try HKDFSHA512.expand(key, info: info.span, count: count)
        return output.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    @Test(.enabled(if: WycheproofVectors.isExpected, "no vectors at SEALPIPE_VECTORS"))
    func `all 83 vectors pass`() throws {
        let file = try WycheproofVectors.load("hkdf_sha512_test.json", of: Case.self)
        var (valid, refused) = (0, 0)
        for test in file.testGroups.flatMap(\.tests) {
            let derived = { () throws(CryptoError) in
                try self.derive(
                    test.ikm.bytes, salt: test.salt.bytes, info: test.info.bytes, count: test.size)
            }
            if test.result == "valid" {
                valid += 1
                #expect(try derived() == test.okm.bytes, "test \(test.tcId)")
            } else {
                refused += 1
                let error = CryptoError.invalidLength(test.size, of: "HKDF-SHA-512 output")
                #expect(throws: error, "test \(test.tcId)") { try derived() }
            }
        }
        #expect(valid == 80 && refused == 3)
    }

    @Test func `output is one byte to 255 blocks`() throws {
        #expect(try derive([1], salt: [], info: [], count: 1).count == 1)
        #expect(try derive([1], salt: [], info: [], count: 16_320).count == 16_320)
        for count in [-1, 0, 16_321] {
            #expect(throws: CryptoError.invalidLength(count, of: "HKDF-SHA-512 output")) {
                try derive([1], salt: [], info: [], count: count)
            }
        }
    }

    @Test func `the pseudorandom key has 64 bytes`() throws {
        let key = try HKDFSHA512.extract(
            salt: [UInt8]().span, from: WycheproofVectors.secret([1]))
        #expect(key.count == HKDFSHA512.pseudorandomKeyByteCount)
    }
}
