import LibCrypto
import Testing

@Suite struct AESGCMTests {
    struct Case: Decodable, Sendable {
        let tcId: Int
        let key, iv, aad, msg, ct, tag: WycheproofVectors.Hex
        let result: String
    }

    private static let keyBytes = [UInt8](0..<32)
    private static let iv = [UInt8](repeating: 7, count: 12)

    /// Encrypts in pieces that end at `cuts`; returns ciphertext and tag.
    private func seal(
        _ text: [UInt8], key: [UInt8] = keyBytes, iv: [UInt8] = iv, aad: [UInt8] = [],
        cuts: [Int] = []
    ) throws(CryptoError) -> [UInt8] {
        var gcm = try AESGCM(.encrypt, key: WycheproofVectors.secret(key))
        try gcm.begin(iv: iv.span, additionalData: aad.span)
        var sealed: [UInt8] = []
        try sealed.append(addingCapacity: text.count + 16) { output throws(CryptoError) in
            var start = 0
            for end in cuts + [text.count] {
                try gcm.update(text.span.extracting(start..<end), appendingTo: &output)
                start = end
            }
            try gcm.finish(appendingTagTo: &output)
        }
        return sealed
    }

    private func open(
        _ text: [UInt8], tag: [UInt8], key: [UInt8] = keyBytes, iv: [UInt8] = iv,
        aad: [UInt8] = []
    ) throws(CryptoError) -> [UInt8] {
        var gcm = try AESGCM(.decrypt, key: WycheproofVectors.secret(key))
        try gcm.begin(iv: iv.span, additionalData: aad.span)
        var opened: [UInt8] = []
        try opened.append(addingCapacity: text.count) { output throws(CryptoError) in
            try gcm.update(text.span, appendingTo: &output)
        }
        try gcm.verify(tag: tag.span)
        return opened
    }

    @Test(.enabled(if: WycheproofVectors.isExpected, "no vectors at SEALPIPE_VECTORS"))
    func `the 66 vectors of our sizes pass, all other sizes are refused`() throws {
        let file = try WycheproofVectors.load("aes_gcm_test.json", of: Case.self)
        var (ours, others) = (0, 0)
        for group in file.testGroups {
            for test in group.tests {
                let (key, iv) = (test.key.bytes, test.iv.bytes)
                let open = { () throws(CryptoError) in
                    try self.open(
                        test.ct.bytes, tag: test.tag.bytes, key: key, iv: iv, aad: test.aad.bytes)
                }
                let seal = { () throws(CryptoError) in
                    try self.seal(test.msg.bytes, key: key, iv: iv, aad: test.aad.bytes)
                }
                if group.keySize != 256 {
                    others += 1
                    let error = CryptoError.invalidLength(key.count, of: "an AES-256 key")
                    #expect(throws: error, "test \(test.tcId)") { try open() }
                    #expect(throws: error, "test \(test.tcId)") { try seal() }
                } else if group.ivSize != 96 {
                    others += 1
                    let error = CryptoError.invalidLength(iv.count, of: "a GCM IV")
                    #expect(throws: error, "test \(test.tcId)") { try open() }
                    #expect(throws: error, "test \(test.tcId)") { try seal() }
                } else if test.result == "valid" {
                    ours += 1
                    #expect(try open() == test.msg.bytes, "test \(test.tcId)")
                    #expect(try seal() == test.ct.bytes + test.tag.bytes, "test \(test.tcId)")
                } else {
                    ours += 1
                    #expect(throws: CryptoError.authenticationFailed, "test \(test.tcId)") {
                        try open()
                    }
                }
            }
        }
        #expect(ours == 66 && ours + others == file.numberOfTests)
    }

    @Test func `text does not depend on how it is cut`() throws {
        let text = [UInt8](0..<40)
        let whole = try seal(text)
        for first in 0...40 {
            #expect(try seal(text, cuts: [first, (first + 40) / 2]) == whole)
        }
        #expect(try open(Array(whole.dropLast(16)), tag: Array(whole.suffix(16))) == text)
    }

    @Test func `one context serves message after message`() throws {
        var gcm = try AESGCM(.encrypt, key: WycheproofVectors.secret(Self.keyBytes))
        for count in [5, 0, 33] as [UInt8] {
            let text = [UInt8](0..<count)
            let iv = [UInt8](repeating: count, count: 12)
            try gcm.begin(iv: iv.span, additionalData: [count].span)
            let sealed = try [UInt8](capacity: text.count + 16) { output in
                try gcm.update(text.span, appendingTo: &output)
                try gcm.finish(appendingTagTo: &output)
            }
            #expect(try sealed == seal(text, iv: iv, aad: [count]))
        }
    }

    @Test func `a failed message does not spoil the next`() throws {
        let sealed = try seal([1, 2, 3])
        let (text, tag) = (Array(sealed.prefix(3)), Array(sealed.suffix(16)))
        var gcm = try AESGCM(.decrypt, key: WycheproofVectors.secret(Self.keyBytes))
        for isGood in [false, true, false, true] {
            try gcm.begin(iv: Self.iv.span, additionalData: [UInt8]().span)
            let opened = try [UInt8](capacity: 3) { output in
                try gcm.update(text.span, appendingTo: &output)
            }
            if isGood {
                try gcm.verify(tag: tag.span)
                #expect(opened == [1, 2, 3])
            } else {
                let wrong = [UInt8](repeating: 0, count: 16)
                #expect(throws: CryptoError.authenticationFailed) {
                    try gcm.verify(tag: wrong.span)
                }
            }
        }
    }

    @Test func `a changed bit anywhere is refused`() throws {
        let sealed = try seal([1, 2, 3], aad: [4, 5])
        for place in sealed.indices {
            for bit in 0..<8 {
                var other = sealed
                other[place] ^= 1 << bit
                #expect(throws: CryptoError.authenticationFailed) {
                    try open(Array(other.prefix(3)), tag: Array(other.suffix(16)), aad: [4, 5])
                }
            }
        }
        #expect(throws: CryptoError.authenticationFailed) {
            try open(Array(sealed.prefix(3)), tag: Array(sealed.suffix(16)), aad: [4, 6])
        }
    }

    @Test(arguments: [0, 4, 12, 15, 17])
    func `a tag of another length is refused`(count: Int) throws {
        let sealed = try seal([1, 2, 3])
        let tag = Array((sealed + [0]).dropFirst(3).prefix(count))
        #expect(throws: CryptoError.invalidLength(count, of: "a GCM tag")) {
            try open(Array(sealed.prefix(3)), tag: tag)
        }
    }

    @Test func `too little room in the output is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            var gcm = try AESGCM(.encrypt, key: .random(count: 32))
            let iv = [UInt8](repeating: 0, count: 12)
            try gcm.begin(iv: iv.span, additionalData: [UInt8]().span)
            _ = try [UInt8](capacity: 2) { output in
                try gcm.update([1, 2, 3].span, appendingTo: &output)
            }
        }
    }
}
